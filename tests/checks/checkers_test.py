#!/usr/bin/env python3
"""The checkers find what they are there to find, and leave what is fine alone."""
import json
import tempfile
import unittest
from pathlib import Path

import check_docs
import check_hardening
import check_layers
import lint_coroutines
import summary


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name: str, text: str):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class LayersTest(Tree):
    def problems(self, name: str, text: str) -> list[str]:
        self.write(name, text)
        return check_layers.check(self.root)[1]

    def test_an_include_of_a_higher_layer_is_found(self):
        for file, header in (("protocol/a.cpp", "storage/store.hpp"), ("storage/a.hpp", "gateway/gateway.hpp"),
                             ("gateway/a.cpp", "api/service.hpp"), ("api/a.cpp", "tools/wagate/serve.hpp"),
                             ("tools/sandbox/a.cpp", "gateway/gateway.hpp")):
            with self.subTest(file):
                self.assertEqual(len([text for text in self.problems(file, f'#include "{header}"\n') if text.startswith(file)]), 1)

    def test_includes_of_lower_layers_pass(self):
        self.assertEqual(self.problems("api/a.cpp", '#include "gateway/gateway.hpp"\n#include "protocol/base/jid.hpp"\n#include <vector>\n'), [])

    def test_a_foreign_header_that_the_layer_does_not_depend_on_is_found(self):
        self.assertIn("protocol/a.cpp: boost/asio/post.hpp is not a dependency of protocol",
                      self.problems("protocol/a.cpp", "#include <boost/asio/post.hpp>\n"))

    def test_a_heavy_header_outside_its_files_is_found(self):
        self.assertEqual(len(self.problems("gateway/a.cpp", "#include <spdlog/logger.h>\n")), 1)
        self.assertEqual(check_layers.check(self.root)[0], 1)

    def test_a_heavy_header_in_its_file_passes(self):
        self.assertEqual(self.problems("gateway/transport/wss_link.cpp", "#include <boost/beast/websocket/stream.hpp>\n"), [])

    def test_threads_and_clocks_in_protocol_are_found(self):
        found = self.problems("protocol/a.cpp", "#include <thread>\nauto now = std::chrono::steady_clock::now();\n")
        self.assertEqual(found, ["protocol/a.cpp: thread is banned in protocol", "protocol/a.cpp: steady_clock::now is banned in protocol"])

    def test_a_clock_in_a_comment_passes(self):
        self.assertEqual(self.problems("protocol/a.cpp", "// never steady_clock::now()\n"), [])


class CoroutinesTest(unittest.TestCase):
    def faults(self, statement: str) -> list[tuple[int, str]]:
        return lint_coroutines.check_text(f"Task<void> run(Thing* thing)\n{{\n    {statement}\n}}\n")

    def test_shapes_that_break_are_found(self):
        for statement, what in (
                ("co_await f(opts{.port = 5});", "braced temporary"),
                ("co_await f({});", "braced temporary"),
                ("co_await thing->f(opts{5});", "braced temporary"),
                ("auto x = agg{1, co_await g()};", "braced temporary"),
                ("co_return agg{1, co_await g()};", "braced temporary"),
                ("co_await f([c] { return c; });", "copying lambda"),
                ("co_await f([=]() -> int { return c; });", "copying lambda"),
                ("co_await f([&a, b = std::move(b)](int) mutable { use(b); });", "copying lambda"),
                ('co_await f(x ? std::string("a") : std::string("b"));', "ternary"),
                ("auto x = co_await g() ? 1 : 2;", "ternary"),
                ("if (co_await f({1, 2})) g();", "braced temporary"),
                ("for (auto x : co_await f(opts{1})) g(x);", "braced temporary")):
            with self.subTest(statement):
                self.assertEqual(self.faults(statement), [(3, what)])

    def test_shapes_that_work_pass(self):
        for statement in (
                "opts o{.port = 5}; co_await f(std::move(o));",
                "co_await f([&] { return c; });",
                "co_await f([this] { return c; });",
                "co_await f(tracked(4));",
                "co_await f(std::chrono::seconds{2});",
                "if (x ? y : z) co_await f();",
                "if (x) { auto o = opts{1}; }\n co_await f();",
                "while (co_await f()) { opts o{1}; }",
                "switch (co_await f()) { case 1: { g(opts{1}); } default: break; }",
                "auto trip = [](Executor to) -> Task<std::pair<std::thread::id, std::thread::id>> {\n"
                " auto x = co_await f(to);\n co_return x; };",
                "auto work = [a] { return opts{a}; }; co_await f(std::move(work));",
                "co_await f(); // x ? y : z {",
                'co_await f("{?");',
                "co_await f('{');",
                "co_await f(1'000); int x = y ? 2'000 : 3;"):
            with self.subTest(statement):
                self.assertEqual(self.faults(statement), [])

    def test_a_fault_inside_a_lambda_belongs_to_the_lambda(self):
        self.assertEqual(self.faults("co_await f([&]() -> Task<void> { co_await g({1}); });"), [(3, "braced temporary")])
        self.assertEqual(self.faults("co_await f([&] { return opts{1}; });"), [])

    def test_a_reviewed_line_passes(self):
        self.assertEqual(self.faults("co_await f({}); // coro-ok: one reason"), [])


class DocumentsTest(Tree):
    def setUp(self):
        super().setUp()
        self.write("README.md", "# x\n\n## Configuration\n\n| variable | meaning |\n|---|---|\n| `WAGATE_LISTEN` | where |\n")
        self.write("CONTRIBUTING.md", "[readme](README.md)\n")
        self.write("tools/wagate/main.cpp", 'auto a = read("WAGATE_LISTEN");\n')
        self.write("api/openapi.json", json.dumps({"paths": {"/ping": {"get": {}}}}))
        self.write("docs/waha-compatibility.md", "# x\n\n## Routes\n\n| route |\n|---|\n| `GET /ping` |\n")

    def test_documents_that_agree_pass(self):
        self.assertEqual(check_docs.check(self.root), [])

    def test_a_dead_link_is_found(self):
        self.write("docs/a.md", "[gone](gone.md) [there](../README.md#configuration) [far](https://example.org)\n")
        self.assertEqual(check_docs.check(self.root), ["docs/a.md: link to gone.md leads nowhere"])

    def test_a_test_that_is_named_and_not_there_is_found(self):
        self.write("tests/a_test.cpp", "")
        self.write("docs/security.md", "`tests/a_test.cpp` and `tests/b_test.cpp`\n")
        self.assertEqual(check_docs.check(self.root), ["docs/security.md: tests/b_test.cpp is not there"])

    def test_a_variable_that_is_not_told_is_found(self):
        self.write("gateway/config/more.cpp", 'read("WAGATE_NEW");\n')
        self.assertEqual(check_docs.check(self.root), ["README.md: WAGATE_NEW is not in the configuration table"])

    def test_a_variable_that_nothing_reads_is_found(self):
        self.write("tools/wagate/main.cpp", "\n")
        self.assertEqual(len(check_docs.check(self.root)), 1)

    def test_routes_that_differ_are_found(self):
        self.write("api/openapi.json", json.dumps({"paths": {"/pong": {"get": {}}}}))
        self.assertEqual(len(check_docs.check(self.root)), 2)

    def test_two_operations_of_one_name_are_found(self):
        self.write("api/openapi.json", json.dumps({"paths": {"/ping": {"get": {"operationId": "ping"}, "put": {"operationId": "ping"}}}}))
        self.write("docs/waha-compatibility.md", "# x\n\n## Routes\n\n| route |\n|---|\n| `GET /ping` |\n| `PUT /ping` |\n")
        self.assertEqual(check_docs.check(self.root), ["api/openapi.json: PUT /ping and GET /ping have the same operationId ping"])


class HardeningTest(unittest.TestCase):
    GOOD = """  Type:                              DYN (Position-Independent Executable file)
  Machine:                           Advanced Micro Devices X86-64
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x00b0f0 0x00b0f0 R   0x1000
  LOAD           0x00c000 0x000000000000c000 0x000000000000c000 0x01a0c0 0x01a0c0 R E 0x1000
  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10
  GNU_RELRO      0x02e000 0x000000000002f000 0x000000000002f000 0x001000 0x001000 R   0x1
 0x000000006ffffffb (FLAGS_1)            Flags: NOW PIE
     9: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __stack_chk_fail@GLIBC_2.4 (2)
    10: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND __memcpy_chk@GLIBC_2.3.4 (3)
    11: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _ZSt21__glibcxx_assert_failPKciS0_S0_@GLIBCXX_3.4.30 (8)
"""

    def test_a_hardened_program_passes(self):
        self.assertEqual(check_hardening.missing(self.GOOD, True, 5000), [])
        self.assertEqual(len(check_hardening.missing(self.GOOD, True, 3)), 1)

    def test_each_lack_is_found(self):
        for there, instead in (("DYN (Position-Independent Executable file)", "EXEC (Executable file)"), ("GNU_RELRO", "NOTE"), ("NOW", "NODELETE"),
                               ("0x000000 RW  0x10", "0x000000 RWE 0x10"), ("0x01a0c0 R E 0x1000", "0x01a0c0 RWE 0x1000"),
                               ("__stack_chk_fail", "abort"), ("__memcpy_chk", "memcpy"), ("__glibcxx_assert_fail", "abort")):
            with self.subTest(there):
                self.assertEqual(len(check_hardening.missing(self.GOOD.replace(there, instead), True, 5000)), 1)

    def test_a_build_for_debugging_needs_no_more_than_the_linker_does(self):
        self.assertEqual(check_hardening.missing(self.GOOD.replace("__stack_chk_fail", "abort"), False, 0), [])


class SummaryTest(Tree):
    def summarise(self, *cases: str) -> tuple[list[str], bool]:
        self.write("report.xml", f"<testsuite>{''.join(cases)}</testsuite>")
        return summary.summarise(str(self.root / "report.xml"))

    PASSED = '<testcase name="a" status="run"/>'
    FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
    SKIPPED = '<testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/><system-out>SKIPPED: no node</system-out></testcase>'
    NOT_BUILT = '<testcase name="d" status="notrun"><skipped message="Unable to find executable"/></testcase>'

    def test_each_outcome_is_counted(self):
        self.assertEqual(self.summarise(self.PASSED, self.PASSED), (["2 passed, 0 failed"], True))
        self.assertEqual(self.summarise(self.PASSED, self.FAILED), (["failed: b", "1 passed, 1 failed"], False))
        self.assertEqual(self.summarise(self.PASSED, self.SKIPPED), (["skipped: c (SKIPPED: no node)", "1 passed, 0 failed, 1 skipped"], True))

    def test_a_test_that_could_not_run_has_failed(self):
        self.assertEqual(self.summarise(self.PASSED, self.NOT_BUILT), (["failed: d", "1 passed, 1 failed"], False))

    def test_a_run_in_which_nothing_passed_has_failed(self):
        self.assertFalse(self.summarise(self.SKIPPED)[1])
        self.assertFalse(self.summarise()[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
