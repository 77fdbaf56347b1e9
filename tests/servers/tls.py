"""Certificates made on the spot: an authority of the tests' own, and servers that show good or bad ones."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
ADDRESS = "127.0.0.1"


class Authority:
    """Signs certificates. `file` is what an operator would name as BELLHOP_CA_FILE."""

    def __init__(self, folder: Path, name: str = "Authority of the tests") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._made = 0
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        own = _builder(name, self._key, self._name, since=-DAY, until=DAY)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def server(
        self,
        *names: str,
        since: datetime.timedelta = -DAY,
        until: datetime.timedelta = DAY,
        self_signed: bool = False,
    ) -> ssl.SSLContext:
        """A server's context with a certificate for `names` (127.0.0.1 without any), valid between the two from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        wanted = names or (ADDRESS,)
        built = _builder(wanted[0], key, _named(wanted[0]) if self_signed else self._name, since, until)
        built = built.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in wanted]), False)
        signed = built.sign(key if self_signed else self._key, hashes.SHA256())
        self._made += 1
        place = self._folder / f"server-{self._made}.pem"
        place.write_bytes(_private(key) + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(place)
        return context


def _builder(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    since: datetime.timedelta,
    until: datetime.timedelta,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
