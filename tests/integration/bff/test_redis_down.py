"""Without Redis nobody is signed in, and nobody is taken for signed out: security.md N43."""

from pathlib import Path

from cli.embedded.redis import start_redis
from tests.factories.bff import CSRF, Face, journey


async def test_n43_every_door_closes_with_503(face: Face, tmp_path: Path):
    redis = start_redis(tmp_path / "redis", durable=False)
    async with journey(redis.url, tmp_path, face=face) as world:
        browser = await world.signed_in()
        session = await world.session_of(browser)
        callback = await world.authorized(world.browser())
        user = world.provider.realm.users[session.username]
        logout_token = world.provider.mint.logout_token(user, world.client_id, session.provider_session_id)
        forwarded = len(world.router.requests)
        redis.stop()

        answers = {
            "graphql": await world.graphql(browser),
            "session": await browser.get(f"{world.bff}/auth/session"),
            "login": await browser.get(f"{world.bff}/auth/login"),
            "callback": await browser.get(callback),
            "logout": await browser.post(f"{world.bff}/auth/logout", headers=CSRF),
            "backchannel": await world.post_logout_token(logout_token),
            "start page": await browser.get(f"{world.bff}/"),
            "ready": await browser.get(f"{world.bff}/health/ready"),
        }

        assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(answers, 503)
        assert (await browser.get(f"{world.bff}/health/live")).status == 200
        assert world.session_cookie in browser.cookies
        assert len(world.router.requests) == forwarded
