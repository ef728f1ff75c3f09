"""What a person does with a mail of the identity provider, whichever it is."""

import re
from html import unescape
from urllib.parse import urljoin

from cli.mail_sink import read_mail
from tests.factories.bff import Answer, Browser
from tests.factories.sign_in import SignInWorld

CHOSEN_PASSWORD = "correct horse battery"


async def follow_mail(world: SignInWorld, email: str) -> None:
    """What the person does with the newest mail to `email`, to the end."""
    [newest] = [mail for mail in world.provider.mails.mails() if mail.recipients == email][-1:]
    link = re.search(r"http://\S+action-token\S+", str(read_mail(newest.path).get_body(("plain",)).get_content()))
    assert link is not None
    browser = Browser(world.http)
    page = await _landed(browser, await browser.get(link.group(0)))
    if "password" not in page.text.lower() or 'type="password"' not in page.text:
        proceed = re.search(r'<a href="([^"]+)"', page.text)
        assert proceed is not None, page.text
        page = await _landed(browser, await browser.get(urljoin(page.url, unescape(proceed.group(1)))))
    form = re.search(r"<form[^>]*?(?:action=\"([^\"]+)\")?[^>]*>", page.text)
    assert form is not None, page.text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    fields = {name: unescape(value) for name, value in hidden}
    fields |= dict.fromkeys(("password", "password-new", "password-confirm"), CHOSEN_PASSWORD)
    action = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    done = await browser.post(urljoin(page.url, unescape(action.group(1))) if action else page.url, data=fields)
    assert (await _landed(browser, done)).status == 200


async def _landed(browser: Browser, answer: Answer) -> Answer:
    while answer.status in {302, 303}:
        answer = await browser.get(answer.location)
    return answer
