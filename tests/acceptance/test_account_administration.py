"""The worker's adapter against both identity providers: accounts, roles, sessions, and the mail that lets people in."""

from dataclasses import replace
from uuid import UUID

import pytest

from kernel.ids import encode_global_id, uuid7
from subgraphs.identity.model import AccountMail
from subgraphs.identity.ports import Account, AccountProfile, AddressTaken, ProviderSilent
from tests.factories.bff import OWNER, Browser, submit_login
from tests.factories.databases import ProvisionedDatabase
from tests.factories.mails import CHOSEN_PASSWORD, follow_mail
from tests.factories.people import people_of, store, uuid_of
from tests.factories.sign_in import SignInWorld

LUMEN = UUID("01920000-0000-7000-8000-000000000001")


def profile(**changes: object) -> AccountProfile:
    user_id = uuid7()
    given = AccountProfile(
        user_id=user_id,
        tenant_id=LUMEN,
        email=f"ada-{user_id.hex[-12:]}@lumen.example",
        first_name="Ada",
        last_name="Lovelace",
        store_ids=(UUID(int=1), UUID(int=2)),
        is_enabled=True,
    )
    return replace(given, **changes)


async def test_an_account_is_found_by_our_id_and_says_what_it_was_told(world: SignInWorld):
    given = profile()
    async with world.administration() as keycloak:
        account_id = await keycloak.create(given)

        found = await keycloak.find(given.user_id)

        assert found is not None
        assert found == await keycloak.get(account_id)
        assert (found.id, found.user_id, found.tenant_id) == (account_id, given.user_id, LUMEN)
        assert (found.email, found.first_name, found.last_name) == (given.email, "Ada", "Lovelace")
        assert (found.store_ids, found.is_enabled) == (given.store_ids, True)
        assert await keycloak.find(uuid7()) is None
        assert await keycloak.get(str(uuid7())) is None


async def test_an_address_belongs_to_one_account(world: SignInWorld):
    first, second = profile(), profile()
    async with world.administration() as keycloak:
        await keycloak.create(first)
        account_id = await keycloak.create(second)

        with pytest.raises(AddressTaken):
            await keycloak.create(profile(email=first.email.upper()))
        with pytest.raises(AddressTaken):
            await keycloak.update(account_id, replace(second, email=first.email))

        found = await keycloak.get(account_id)
        assert found is not None
        assert found.email == second.email


async def test_a_change_replaces_everything(world: SignInWorld):
    given = profile()
    async with world.administration() as keycloak:
        account_id = await keycloak.create(given)
        changed = replace(given, first_name="", last_name="King", store_ids=(), is_enabled=False)

        await keycloak.update(account_id, changed)

        found = await keycloak.find(given.user_id)
        assert found is not None
        assert (found.first_name, found.last_name, found.store_ids, found.is_enabled) == ("", "King", (), False)


async def test_roles_are_given_and_taken(world: SignInWorld):
    async with world.administration() as keycloak:
        account_id = await keycloak.create(profile())

        await keycloak.change_roles(account_id, given=frozenset({"buyer", "cashier"}), taken=frozenset())
        between = await keycloak.roles(account_id)
        await keycloak.change_roles(account_id, given=frozenset({"marketer"}), taken=frozenset({"buyer"}))
        again = await keycloak.change_roles(account_id, given=frozenset({"marketer"}), taken=frozenset({"buyer"}))

        assert again is None
        # every person of Keycloak has the default role, which carries nothing
        default = {"default-roles-retailflow"}
        assert between - default == {"buyer", "cashier"}
        assert await keycloak.roles(account_id) - default == {"cashier", "marketer"}


async def test_nobody_else_administers(world: SignInWorld):
    url = world.provider.internal_issuer.partition("/realms/")[0] + "/admin/realms/retailflow/users"
    answer = await world.token("saga-worker", "secret-of-the-saga-worker-in-tests", grant_type="client_credentials")
    browser = await world.signed_in()
    tokens = [answer.json()["access_token"], (await world.session_of(browser)).access_token]

    headers = [{}, *({"authorization": f"Bearer {token}"} for token in tokens)]
    refused = [await Browser(world.http).get(url, headers=given) for given in headers]

    assert [answer.status for answer in refused] == [401, 403, 403]


async def test_an_invited_person_chooses_a_password_and_is_out_when_deactivated(
    world: SignInWorld, provisioned_database: ProvisionedDatabase
):
    email = f"grace-{uuid7().hex[-12:]}@lumen.example"
    async with world.administration() as keycloak, people_of(provisioned_database, keycloak) as people:
        user = await people.invited(email=email, displayName="Grace Hopper", roles=["cashier"], storeIds=[store(5)])
        await people.work()

        await follow_mail(world, email)
        browser = Browser(world.http)
        page = await browser.get((await browser.get(f"{world.bff}/auth/login")).location)
        callback = await submit_login(browser, page, email, CHOSEN_PASSWORD)
        assert (await browser.get(callback.location)).status == 303
        session = (await browser.get(f"{world.bff}/auth/session")).json()
        me = (await world.graphql(browser)).json()["data"]["me"]
        await people.do("userDeactivate", id=user)
        await people.work()

        assert session["roles"] == ["cashier"]
        assert session["store_ids"] == [str(UUID(int=5))]
        assert (me["subject"], me["tenant"]) == ((await people.user(user))["keycloakId"], str(people.client.tenant_id))
        assert (await world.graphql(browser)).status == 401
        page = await Browser(world.http).get((await Browser(world.http).get(f"{world.bff}/auth/login")).location)
        shut = await submit_login(Browser(world.http), page, email, CHOSEN_PASSWORD, statuses={200, 400, 401})
        assert "location" not in shut.headers
        account = await keycloak.find(uuid_of(user))
        assert account is not None
        assert account.is_enabled is False


async def test_a_password_reset_reaches_a_person_and_the_link_is_good_once(world: SignInWorld):
    given = profile()
    async with world.administration() as keycloak:
        account_id = await keycloak.create(given)

        await keycloak.send_mail(account_id, AccountMail.PASSWORD_RESET)

        await follow_mail(world, given.email)
        with pytest.raises(AssertionError):
            await follow_mail(world, given.email)


async def test_a_wrong_secret_is_no_answer(world: SignInWorld):
    async with world.administration() as keycloak:
        keycloak._admin.connection.client_secret_key = "wrong"

        with pytest.raises(ProviderSilent):
            await keycloak.find(uuid7())


async def test_accounts_come_a_page_at_a_time_and_service_accounts_do_not(world: SignInWorld):
    async with world.administration() as keycloak:
        made = {await keycloak.create(profile()) for _ in range(2)}

        pages: list[list[Account]] = []
        while not pages or len(pages[-1]) == 10:
            pages.append(await keycloak.page(10 * len(pages), 10))

    accounts = [account for page in pages for account in page]
    assert len({account.id for account in accounts}) == len(accounts)
    assert made < {account.id for account in accounts}
    assert OWNER in {account.email for account in accounts}
    assert {account.email.partition("@")[0] for account in accounts} & {"", "service-account-saga-worker"} == set()


async def test_an_account_made_by_hand_becomes_a_user_who_can_be_changed_here(
    world: SignInWorld, provisioned_database: ProvisionedDatabase
):
    async with world.administration() as keycloak, people_of(provisioned_database, keycloak) as people:
        await people.create_tenant()
        given = profile(tenant_id=people.client.tenant_id)
        account_id = await keycloak.create(given)
        await keycloak.change_roles(account_id, given=frozenset({"buyer"}), taken=frozenset())

        sweep = people.sweep()
        while not await people.run_sql('SELECT id FROM "user"'):
            await sweep.next_page()
        await people.work()
        user = await people.user(encode_global_id("User", given.user_id))
        await people.do("userRolesAssign", id=encode_global_id("User", given.user_id), roles=["marketer"])
        await people.work()

        assert (user["keycloakId"], user["email"], user["roles"]) == (account_id, given.email, ["buyer"])
        assert await keycloak.roles(account_id) == {"marketer"}
