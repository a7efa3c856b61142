"""Every operation of WAHA's document that the gateway serves: called with valid input, answered as both documents say, and
seen on the other side."""

import unittest

from stage import Stage  # first: it knows where the harness is
from harness import main

import registry

CASES = registry.load()


class AnswersCase(Stage):
    """A test for each case of an area, named after the operation."""

    def __init_subclass__(cls, area: str):
        for one in CASES.values():
            if one.area == area:
                setattr(cls, one.test_name, _test(one))


def _test(one: registry.Case):
    def test(self):
        self.play(one)

    # The gateway's own document decides; test_coverage lists what waits for its route.
    test = test if one.served else unittest.skip(f"{one.operation} is not in api/openapi.json")(test)
    test.__doc__ = one.operation
    return test


class SessionsTest(AnswersCase, area="sessions"):
    pass


class MessagesTest(AnswersCase, area="messages"):
    pass


class ChatsTest(AnswersCase, area="chats"):
    pass


class GroupsTest(AnswersCase, area="groups"):
    pass


class ChannelsTest(AnswersCase, area="channels"):
    pass


class StatusTest(AnswersCase, area="status"):
    pass


class AppsTest(AnswersCase, area="apps"):
    pass


if __name__ == "__main__":
    main()
