"""The provider's RSA key: one per state folder, so that tokens outlive a restart."""

from pathlib import Path

from joserfc.jwk import RSAKey

from cli.private_file import write_private

_FILE = "development-signing-key.pem"
_BITS = 2048


def signing_key(state_folder: Path) -> RSAKey:
    """The key of the state folder, made when first asked for; its id is the key's thumbprint."""
    path = state_folder / _FILE
    if not path.is_file():
        write_private(path, RSAKey.generate_key(_BITS).as_pem(private=True).decode("ascii"))
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key
