"""``flask doctor mail`` against a name server of its own: what a receiver thinks, and which record to add."""

import base64
import json
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from portal import sender
from portal.sender import spf
from portal.sender.names import Names, Unanswered

from .zone import NameServer, listening

HOST = ip_address("192.0.2.7")
DOMAIN = "example.com"
KEY_NAME = f"usher._domainkey.{DOMAIN}"


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> tuple[Path, str, str]:
    """The file of a private key, the record that belongs to it, and one that belongs to another."""
    folder = tmp_path_factory.mktemp("dkim")
    private = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    (folder / "key.pem").write_bytes(
        private[0].private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    public = [key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in private]
    return folder / "key.pem", *(f"v=DKIM1; k=rsa; p={base64.b64encode(each).decode()}" for each in public)


def pieces(text: str) -> str:
    """A long TXT record as a zone holds it."""
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


@pytest.fixture
def zone(keys):
    """A name server for a domain where all is as it should be."""
    with listening() as server:
        server.put(DOMAIN, "SOA", "ns.example.com. hostmaster.example.com. 1 60 60 60 60")
        server.put(DOMAIN, "MX", "10 mail.example.com.")
        server.put("mail.example.com", "A", "192.0.2.7")
        server.put(DOMAIN, "TXT", "v=spf1 mx -all", "something else")
        server.put(KEY_NAME, "TXT", pieces(keys[1]))
        server.put(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=reject; rua=mailto:d@example.com")
        yield server


@pytest.fixture
def judged(zone: NameServer, keys):
    """What is found out, by what was looked at."""

    def look(hosts=(HOST,), **settings):
        config = {
            "MAIL_DEFAULT_SENDER": "Usher <invitations@example.com>", "MAIL_BOUNCE_ADDRESS": "", "MAIL_SERVER": "",
            "MAIL_DKIM_KEY": str(keys[0]), "MAIL_DKIM_SELECTOR": "usher", "MAIL_DKIM_DOMAIN": DOMAIN,
        }  # fmt: skip
        names = Names(("127.0.0.1", zone.port), timeout=0.4)
        return {each.check: each for each in sender.examine(config | settings, names, list(hosts))}

    return look


def test_a_domain_where_all_is_right_is_told_so(judged):
    found = judged()
    assert [each.ok for each in found.values()] == [True] * 5
    assert found["SPF"].said == "192.0.2.7 may send for example.com (mx)."
    assert found["DKIM"].said == f"Mails are signed by example.com, and the key at {KEY_NAME} proves it."
    assert found["DMARC"].said == "example.com asks receivers to refuse mails that fail (p=reject)."
    assert found["receiver"].said == "A receiver takes the mails as truly from example.com, by SPF and DKIM."


@pytest.mark.parametrize(
    ("records", "said", "record"),
    [
        ([], "has no SPF record", 'example.com. IN TXT "v=spf1 ip4:192.0.2.7 ~all"'),
        (["v=spf1 a -all", "v=spf1 mx ~all"], "has 2 SPF records", 'example.com. IN TXT "v=spf1 a mx ~all"'),
        (
            ["v=spf1 ip4:198.51.100.0/24 -all"],
            "192.0.2.7 may not send for example.com (-all): receivers are told to refuse its mails.",
            'example.com. IN TXT "v=spf1 ip4:192.0.2.7 ip4:198.51.100.0/24 -all"',
        ),
        (
            ["v=spf1 ip4:198.51.100.0/24 ~all"],
            "192.0.2.7 is not among the senders of example.com (~all): receivers often take its mails for junk.",
            'example.com. IN TXT "v=spf1 ip4:192.0.2.7 ip4:198.51.100.0/24 ~all"',
        ),
        (["v=spf1 a:mail.example.net"], "says nothing about 192.0.2.7", 'example.com. IN TXT "v=spf1 ip4:192.0.2.7 a:'),
        (["v=spf1 +all"], "lets every host of the internet send for it", ""),
        (["v=spf1 ip4:192.0.2.0/24 +all"], "lets every host of the internet send for it", ""),
        (["v=spf1 ipv4:192.0.2.7 -all"], "is broken: “ipv4:192.0.2.7” means nothing", ""),
        (["v=spf1 include:nobody.example.net -all"], "leads to nobody.example.net, which has no SPF records", ""),
        (["v=spf1 ip4:300.1.1.1 -all"], "“300.1.1.1” is no network", ""),
        (["v=spf1 redirect=example.com"], "takes more than 10 lookups", ""),
    ],
)
def test_what_an_spf_record_says_is_told_with_the_record_to_add(zone, judged, records, said, record):
    zone.put(DOMAIN, "TXT", *records)
    found = judged()["SPF"]
    assert (found.ok, said in found.said) == (False, True)
    assert found.record.startswith(record)
    assert bool(found.record) == bool(record)


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
@pytest.mark.parametrize(
    "terms",
    [
        "ip4:192.0.2.0/28 ip6:2001:db8::/64",
        "a:mail.example.net/24//64",
        "mx:example.net",
        "include:_spf.example.net",
        "exists:%{ir}.%{v}.ok.example.net",
        "ptr ?include:_spf.example.net",
        "redirect=_spf.example.net",
    ],
)
def test_a_host_is_found_by_every_mechanism_and_only_that_host(zone, host, terms):
    zone.put("mail.example.net", "A", "192.0.2.7")
    zone.put("mail.example.net", "AAAA", "2001:db8::7")
    zone.put("example.net", "MX", "5 mail.example.net.", "9 none.example.net.")
    zone.put("_spf.example.net", "TXT", "v=spf1 a:mail.example.net -all")
    zone.put("7.2.0.192.in-addr.ok.example.net", "A", "127.0.0.2")
    reverse = ".".join(reversed(ip_address("2001:db8::7").exploded.replace(":", "")))
    zone.put(f"{reverse}.ip6.ok.example.net", "A", "127.0.0.2")
    names = Names(("127.0.0.1", zone.port), timeout=0.4)

    def result(address):
        return spf.judged(names, f"v=spf1 {terms}", ip_address(address), DOMAIN, "a@example.com").result

    assert result(host) == ("neutral" if "?" in terms else "pass")
    assert result("198.51.100.9") in ("neutral", "fail")


def test_which_host_mails_leave_from_has_to_be_known(judged):
    found = judged(hosts=())
    assert found["SPF"].remedy == "Say it with --sends-from ADDRESS."
    assert found["receiver"].said == "A receiver takes the mails as truly from example.com, by DKIM."
    assert judged(hosts=(), MAIL_DKIM_KEY="")["receiver"].said.endswith("cannot be told from this.")


def test_one_of_two_hosts_that_is_not_named_is_found(judged):
    found = judged(hosts=(HOST, ip_address("2001:db8::7")))["SPF"]
    assert (found.ok, found.record) == (False, 'example.com. IN TXT "v=spf1 ip6:2001:db8::7 mx -all"')


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([], "there is no key at"),
        (["other"], "is not the one that mails are signed with"),
        (["v=DKIM1; p="], "is revoked"),
        (["nonsense"], "is not the one that mails are signed with"),
        (["right", "other"], "There are 2 records"),
    ],
)
def test_a_key_that_does_not_prove_the_signature_is_told_with_the_one_that_does(zone, judged, keys, records, said):
    known = {"right": pieces(keys[1]), "other": pieces(keys[2])}
    zone.put(KEY_NAME, "TXT", *(known.get(record, record) for record in records))
    found = judged()["DKIM"]
    assert (found.ok, said in found.said) == (False, True)
    assert found.record == f"{KEY_NAME}. IN TXT {pieces(keys[1])}"


def test_a_key_that_cannot_sign_is_told(judged, tmp_path):
    file = tmp_path / "key.pem"
    file.write_text("no key")
    assert "cannot be read" in judged(MAIL_DKIM_KEY=str(file))["DKIM"].said
    key = ed25519.Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert "is not one of RSA" in judged(MAIL_DKIM_KEY=str(file))["DKIM"].said
    assert "does not sign" in judged(MAIL_DKIM_KEY="")["DKIM"].said


@pytest.mark.parametrize(
    ("records", "said", "then"),
    [
        ([], "has no DMARC record", "does with them as it likes"),
        (["v=DMARC1; p=none"], "do nothing about mails that fail", "does with them as it likes"),
        (["v=DMARC1; p=quarantine"], "put mails that fail into junk (p=quarantine)", "puts them into junk"),
        (["v=DMARC1; p=reject"], "refuse mails that fail (p=reject)", "refuses every one of them"),
        (["v=DMARC1; p=rejekt"], "a receiver takes it for no record", "does with them as it likes"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "There are 2 DMARC records", "does with them as it likes"),
    ],
)
def test_what_becomes_of_mails_that_nothing_proves_is_what_dmarc_asks(zone, judged, records, said, then):
    zone.put(f"_dmarc.{DOMAIN}", "TXT", *records)
    zone.put(DOMAIN, "TXT")
    found = judged(MAIL_DKIM_KEY="")
    assert said in found["DMARC"].said
    assert found["DMARC"].ok == (len(records) == 1 and "rejekt" not in records[0])
    assert then in found["receiver"].said
    assert not found["receiver"].ok


def test_a_subdomain_goes_by_the_record_above_it_and_by_what_that_asks_of_subdomains(zone, judged):
    zone.put("mail.example.com", "MX", "5 mail.example.com.")
    zone.put(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=reject; sp=quarantine; adkim=s")
    found = judged(MAIL_DEFAULT_SENDER="a@mail.example.com")
    assert found["DMARC"].said == "example.com asks receivers to put mails that fail into junk (p=quarantine)."
    assert not found["receiver"].ok  # the signature is the parent's, and it asks for the very domain
    zone.put(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=reject")
    assert judged(MAIL_DEFAULT_SENDER="a@mail.example.com")["receiver"].ok


def test_what_is_proved_for_a_foreign_domain_counts_for_nothing(zone, judged):
    zone.put("example.net", "TXT", "v=spf1 ip4:192.0.2.7 -all")
    found = judged(MAIL_BOUNCE_ADDRESS="bounces@example.net", MAIL_DKIM_KEY="")
    assert found["SPF"].ok
    assert "SPF holds for example.net only, and refuses every one of them" in found["receiver"].said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a@example.org", "There is no domain example.org"),
        ("a@localhost.localdomain", "is no domain of the internet"),
        ("a@silent.example.com", "takes no mail"),
    ],
)
def test_a_sender_that_nobody_can_reply_to_is_told(zone, judged, address, said):
    zone.put("silent.example.com", "TXT", "there is something")
    found = judged(MAIL_DEFAULT_SENDER=address)["domain"]
    assert (found.ok, said in found.said) == (False, True)


def test_a_name_server_that_is_silent_refuses_or_is_away_is_told_and_nothing_is_guessed(zone, judged):
    zone.silent = {DOMAIN}
    zone.refused = {KEY_NAME}
    found = judged()
    assert found["SPF"].said == "No name server answered for example.com in 0.4 seconds."
    assert found["DKIM"].said == f"The name servers answered nothing of use for {KEY_NAME}."
    assert found["DMARC"].ok
    assert found["receiver"].said == "What a receiver makes of the mails cannot be told from this."
    with pytest.raises(Unanswered):
        Names(("127.0.0.1", 1), timeout=0.2).texts(DOMAIN)
    with pytest.raises(Unanswered):
        Names(("255.255.255.255", 53), timeout=0.2).texts(DOMAIN)  # the network itself says no


@pytest.mark.sqlite
def test_the_command_prints_a_line_for_each_and_the_record_below_it(make_app, zone, keys):
    settings = {"MAIL_DEFAULT_SENDER": "invitations@example.com", "MAIL_DKIM_KEY": str(keys[0])}
    run = make_app(**settings).test_cli_runner()
    options = ["--nameserver", f"127.0.0.1:{zone.port}", "--timeout", "0.4"]
    good = run.invoke(args=["doctor", "mail", *options, "--sends-from", "192.0.2.7", "--json"])
    assert (good.exit_code, json.loads(good.stdout)["ok"]) == (0, True)
    zone.put(f"_dmarc.{DOMAIN}", "TXT")
    bad = run.invoke(args=["doctor", "mail", *options, "--sends-from", "192.0.2.7"])
    assert (bad.exit_code, bad.stderr) == (1, "Something is wrong with: DMARC.\n")
    record = '                    _dmarc.example.com. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.com"'
    assert record in bad.stdout.splitlines()
    assert run.invoke(args=["doctor", "mail", *options, "--sends-from", "here"]).exit_code == 2
    assert run.invoke(args=["doctor", "mail", "--nameserver", "here"]).exit_code == 2


@pytest.mark.sqlite
def test_the_mail_servers_own_address_is_where_mails_leave_from(zone):
    names = Names(("127.0.0.1", zone.port), timeout=0.4)
    zone.put("smtp.example.net", "A", "93.184.216.34")
    assert sender.leaves_from({"MAIL_SERVER": "smtp.example.net"}, names) == [ip_address("93.184.216.34")]
    assert sender.leaves_from({"MAIL_SERVER": "127.0.0.1"}, names) == []
    zone.silent = {"smtp.example.net"}
    assert sender.leaves_from({"MAIL_SERVER": "smtp.example.net"}, names) == []
