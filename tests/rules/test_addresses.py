"""The one normalisation of addresses, and reading them out of a paste."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.addresses import normalise, pasted
from portal.errors import LocalPartNotAscii, NotAnAddress

SAME = [
    ("ann@example.com", "ann@example.com"),
    ("Ann@Example.COM", "ann@example.com"),
    ("  ann@example.com\n", "ann@example.com"),
    ("\u00a0ann@example.com\u2003", "ann@example.com"),
    ("ann@example.com.", "ann@example.com"),
    ("ANN@EXAMPLE.COM.", "ann@example.com"),
    ("ann+news@example.com", "ann+news@example.com"),
    ("a.n.n@gmail.com", "a.n.n@gmail.com"),
    ("o'neil@example.com", "o'neil@example.com"),
    ("ann@bücher.example.com", "ann@xn--bcher-kva.example.com"),
    ("ann@BÜCHER.example.com", "ann@xn--bcher-kva.example.com"),
    ("ann@bu\u0308cher.example.com", "ann@xn--bcher-kva.example.com"),
    ("ann@xn--bcher-kva.example.com", "ann@xn--bcher-kva.example.com"),
    ("ann@XN--BCHER-KVA.example.com", "ann@xn--bcher-kva.example.com"),
    ("ann@ｅｘａｍｐｌｅ.com", "ann@example.com"),
    ("ann@example。com", "ann@example.com"),
    ("ann@faß.de", "ann@xn--fa-hia.de"),
    ("\u212aim@example.com", "kim@example.com"),
]
REFUSED = [
    "",
    " ",
    "ann",
    "@example.com",
    "ann@",
    "ann@example",
    "ann@@example.com",
    "ann@example.com..",
    "ann@.example.com",
    "ann@exa mple.com",
    "ann lee@example.com",
    "ann@example.com, bob@example.com",
    "Ann <ann@example.com>",
    '"ann"@example.com',
    "ann@[127.0.0.1]",
    "ann@-example.com",
    ".ann@example.com",
    "ann.@example.com",
    "a..n@example.com",
    "änn@example.com",
    "анна@example.com",
    "a\u0308nn@example.com",
    "ann@example.com\r\nBcc: all@example.com",
    "ann\n@example.com",
    "ann\x00@example.com",
    "ann@example.com\x00",
    "ann\u202e@example.com",
    "ann\u200b@example.com",
    f"{'a' * 65}@example.com",
    f"ann@{'a' * 64}.com",
    f"ann@{'.'.join(['a' * 60] * 5)}.com",
    "x" * 100_000,
    "@" * 1000,
]
DIFFERENT = [
    ("ann@example.com", "аnn@example.com"),
    ("ann@example.com", "ann@ехample.com"),
    ("paypal@example.com", "paypaI@example.com"),
    ("ann@example.com", "ann+x@example.com"),
    ("ann@gmail.com", "a.nn@gmail.com"),
    ("ann@googlemail.com", "ann@gmail.com"),
    ("ann@example.com", "ann@mail.example.com"),
    ("ann@fass.de", "ann@faß.de"),
]


@pytest.mark.parametrize(("written", "stored"), SAME)
def test_attack_27_what_is_the_same_is_stored_the_same(written, stored):
    assert normalise(written) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize("written", REFUSED)
def test_attack_27_what_is_no_address_is_refused(written):
    with pytest.raises(NotAnAddress) as refused:
        normalise(written)
    said = str(refused.value)
    assert len(said) < 150
    assert said.isprintable()


@pytest.mark.parametrize("said", ["jürgen@example.com", "анна@example.com", "ann\u200b@example.com"])
def test_a_local_part_that_is_not_ascii_is_told_so(said):
    with pytest.raises(LocalPartNotAscii, match="before the @"):
        normalise(said)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_attack_27_what_only_looks_alike_stays_different(one, other):
    try:
        assert normalise(one) != normalise(other)
    except NotAnAddress:
        assert not other.isascii()


@given(st.one_of(st.text(), st.emails(), st.builds("{}@{}.com".format, st.text(), st.text())))
def test_whatever_is_taken_is_ascii_small_and_its_own_normal_form(text):
    try:
        address = normalise(text)
    except NotAnAddress:
        return
    assert address.isascii()
    assert address.isprintable()
    assert address == address.lower() == normalise(address)
    assert address.count("@") == 1
    assert len(address) <= 254


@pytest.mark.parametrize("text", [None, 5, b"ann@example.com", ["ann@example.com"]])
def test_what_is_no_text_is_no_address(text):
    with pytest.raises(NotAnAddress):
        normalise(text)


PASTES = [
    ("a@x.com", [("a@x.com", "")]),
    ("a@x.com\nb@x.com", [("a@x.com", ""), ("b@x.com", "")]),
    ("a@x.com\r\nb@x.com\r\n\r\n", [("a@x.com", ""), ("b@x.com", "")]),
    ("a@x.com, b@x.com; c@x.com\td@x.com e@x.com", [(f"{c}@x.com", "") for c in "abcde"]),
    ("Ann Lee <ann@x.com>", [("ann@x.com", "Ann Lee")]),
    ("Ann <ann@x.com>, Bob <bob@x.com>", [("ann@x.com", "Ann"), ("bob@x.com", "Bob")]),
    ('"Lee, Ann" <ann@x.com>; bob@x.com', [("ann@x.com", "Lee, Ann"), ("bob@x.com", "")]),
    ("<ann@x.com>", [("ann@x.com", "")]),
    ("Ann Lee ann@x.com", [("ann@x.com", "Ann Lee")]),
    ("not an address", [("not an address", "")]),
    ("ann@@x.com", [("ann@@x.com", "")]),
    ("a@x.com\0", [("a@x.com", "")]),
    ("\0" + "0" + "\0", [("0", "")]),
    ("\0" + "7" + "\0 <a@x.com>", [("a@x.com", "7")]),
    ('"a@x.com","b@x.com"', [("a@x.com", ""), ("b@x.com", "")]),
    (",;\t \n", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "found"), PASTES)
def test_addresses_are_read_out_of_a_paste(text, found):
    assert [tuple(each) for each in pasted(text)] == found


@given(st.one_of(st.text(), st.text(alphabet='a@.,;<>" \t\n\0\\()01')))
def test_no_paste_whatever_raises(text):
    for written in pasted(text):
        assert isinstance(written.address, str)
        assert written.name.isprintable()


separators = st.text(alphabet=",; \t\n", min_size=1).filter(lambda text: re.search(r"[,;\t\n]", text))
addresses = st.from_regex(r"[a-z]{1,8}\+?[0-9]{0,3}@[a-z]{1,8}\.com", fullmatch=True)
names = st.from_regex(r"[A-Z][a-z]{0,8}( [A-Z][a-z]{0,8})?", fullmatch=True)
entries = st.one_of(
    st.tuples(addresses, st.just("{0}")),
    st.tuples(addresses, st.just("<{0}>")),
    st.tuples(addresses, st.builds("{} <{{0}}>".format, names)),
    st.tuples(addresses, st.builds('"{}, {}" <{{0}}>'.format, names, names)),
)


@given(st.lists(st.tuples(entries, separators)))
def test_no_address_of_a_paste_is_lost_or_made_up(parts):
    text = "".join(form.format(address) + separator for (address, form), separator in parts)
    assert [written.address for written in pasted(text)] == [address for (address, _), _ in parts]


@example(["a@a.com", "b@a.com", "c@a.com"], ">;<x;")
@given(st.lists(addresses, min_size=1), st.text(alphabet='x ,;<>"\t\n'))
def test_an_address_amid_rubbish_is_still_somewhere_in_what_is_shown(found, rubbish):
    text = rubbish.join(found)
    shown = " ".join(f"{written.address} {written.name}" for written in pasted(text))
    assert all(address[:80] in shown for address in found)
