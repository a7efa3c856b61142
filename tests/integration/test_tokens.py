"""JSON Web Tokens of an application's own sign-in, made by PyJWT."""

import base64
import hmac
import json
import pathlib
import tempfile
import time

from world import GatewayCase  # first: it knows where the harness is
from harness import main, packages, wait_until
from harness.http import Api

ISSUER = "https://sign-in.example"


def libraries():
    packages.use(pathlib.Path(__file__).parent / "requirements.txt")
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    return jwt, ec, ed25519, rsa


class TokensTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e", "globex": "globex-key-5f6a7b8c"}

    @classmethod
    def setUpClass(cls):
        cls.jwt, ec, ed25519, rsa = libraries()
        cls.keys = {"EdDSA": ed25519.Ed25519PrivateKey.generate(), "ES256": ec.generate_private_key(ec.SECP256R1()),
                    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        folder = tempfile.TemporaryDirectory(prefix="wagate-keys-")
        cls.addClassCleanup(folder.cleanup)
        cls.file = pathlib.Path(folder.name) / "jwks.json"
        cls.write(["EdDSA", "ES256", "RS256"])
        super().setUpClass()

    @classmethod
    def environment(cls):
        return {"WAGATE_JWT_JWKS_FILE": str(cls.file), "WAGATE_JWT_ISSUER": ISSUER, "WAGATE_JWT_AUDIENCE": "wagate"}

    @classmethod
    def write(cls, algorithms):
        from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

        makers = {"EdDSA": OKPAlgorithm, "ES256": ECAlgorithm, "RS256": RSAAlgorithm}
        keys = [{**makers[name].to_jwk(cls.keys[name].public_key(), as_dict=True), "kid": name, "alg": name} for name in algorithms]
        cls.file.write_text(json.dumps({"keys": keys}), encoding="utf-8")

    def token(self, algorithm: str = "EdDSA", kid: str | None = None, **claims) -> str:
        now = int(time.time())
        payload = {"iss": ISSUER, "aud": "wagate", "iat": now, "nbf": now, "exp": now + 300, "tenant": "acme", "scope": "read send", **claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return self.jwt.encode(payload, self.keys[algorithm], algorithm, {"kid": kid or algorithm})

    @staticmethod
    def signed_with(public: str, payload: dict) -> str:
        """Key confusion: the public key set, which anybody may know, as the secret of an HMAC. PyJWT refuses to make one."""
        def part(value: bytes) -> bytes:
            return base64.urlsafe_b64encode(value).rstrip(b"=")

        text = part(b'{"alg":"HS256","typ":"JWT","kid":"EdDSA"}') + b"." + part(json.dumps(payload).encode())
        return (text + b"." + part(hmac.digest(public.encode(), text, "sha256"))).decode()

    def ask(self, token: str, path: str = "/api/sessions?all=true", method: str = "GET", body=None):
        return Api(self.gateway.base).request(method, path, body, headers={"Authorization": f"Bearer {token}"})

    def test_tokens_of_each_algorithm_open_their_tenant(self):
        session = self.new_session("acme")
        for algorithm in self.keys:
            answer = self.ask(self.token(algorithm))
            self.assertEqual(answer.status, 200, f"{algorithm}: {answer}")
            self.assertIn(session.name, [entry["name"] for entry in answer.json()])
        self.assertEqual(self.ask(self.token(tenant="globex")).json(), [])

    def test_a_token_may_do_what_it_says(self):
        session, other = self.new_session("acme"), self.new_session("acme")
        narrow = self.token(sessions=[session.name], scope="read")
        self.assertEqual(self.ask(narrow, f"/api/sessions/{session.name}").status, 200)
        self.assertEqual(self.ask(narrow, f"/api/sessions/{other.name}").status, 403)
        self.assertEqual(self.ask(narrow, f"/api/sessions/{session.name}/stop", "POST", {}).status, 403)
        self.assertEqual(self.ask(self.token(scope="read"), "/api/v1/keys").status, 403)
        self.assertEqual(self.ask(self.token(scope="tenant"), "/api/v1/keys").status, 200)
        self.assertEqual(self.ask(self.token(admin=True, scope="tenant"), "/api/v1/tenants").status, 403)

    def test_what_does_not_hold_is_refused(self):
        now = int(time.time())
        public = self.file.read_text(encoding="utf-8")
        none = self.jwt.encode({"tenant": "acme", "exp": now + 60, "iss": ISSUER, "aud": "wagate", "scope": "read"}, None, "none", {"kid": "EdDSA"})
        shared = self.signed_with(public, {"tenant": "acme", "exp": now + 60, "iss": ISSUER, "aud": "wagate", "scope": "read"})
        for token in (none, shared, self.token(exp=now - 1), self.token(exp=None), self.token(exp=now + 90_000), self.token(nbf=now + 3_600),
                      self.token(aud="other"), self.token(iss="https://other.example"), self.token(kid="other"), self.token("ES256", kid="EdDSA"),
                      self.token(tenant="never-was"), self.token(tenant=None), self.token(scope=None), self.token() + "x", self.token()[:-5], "a.b.c"):
            self.assertEqual(self.ask(token).status, 401, token)

    def test_a_changed_key_set_is_in_force_without_a_restart(self):
        token = self.token("RS256")
        self.assertEqual(self.ask(token).status, 200)
        self.write(["EdDSA", "ES256"])
        try:
            wait_until(lambda: self.ask(token).status == 401, 10, "the key to be forgotten")
            self.assertEqual(self.ask(self.token("EdDSA")).status, 200)
        finally:
            self.write(["EdDSA", "ES256", "RS256"])
        wait_until(lambda: self.ask(token).status == 200, 10, "the key to be known again")


class GuessingTest(GatewayCase):
    tenants = {"acme": "acme-key-1b2c3d4e"}

    def test_an_address_that_guesses_has_to_wait_and_its_neighbours_go_on(self):
        self.assertEqual(self.gateway.tenant("acme").request("GET", "/api/sessions").status, 200)
        statuses = []
        for number in range(60):
            answer = Api(self.gateway.base, f"guess-{number}").request("GET", "/api/sessions")
            statuses.append(answer.status)
            if number == 5:
                self.assertEqual(self.gateway.tenant("acme").request("GET", "/api/sessions").status, 200)
        self.assertEqual(statuses[0], 401)
        self.assertEqual(statuses[-1], 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.gateway.tenant("acme").request("GET", "/api/sessions").status, 200, "a key that was in use goes on")


if __name__ == "__main__":
    main()
