"""Whatever goes wrong on the way, the result is the true bytes or one sentence, and nothing is left."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import random
import socket
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publishers import server
from publishers.server import QUICK, Fault, PublisherServer

from send_jsna.errors import FetchError, JsnaError, StorageError
from send_jsna.ingest import retrieval_ledger, snapshots
from send_jsna.ingest.http import Client, Fetched, Validators, open_unpacked, sniff, sniff_unpacked
from send_jsna.ingest.http.policy import backoff, retry_after, shown

BODY = b"time_period,value\n" + b"".join(b"2024,%d\n" % number for number in range(20_000))
PACKED = gzip.compress(random.Random(0).randbytes(60_000), mtime=0)
PATH = "/data.csv"


@pytest.fixture
def publisher() -> Iterator[PublisherServer]:
    with PublisherServer() as running:
        yield running


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


def left(scratch: Path) -> list[str]:
    return sorted(path.name for path in scratch.iterdir())


def refusal(client: Client, url: str, **options: Any) -> str:
    """The one sentence a fetch ends with; nothing is left behind."""
    with pytest.raises(FetchError) as caught:
        client.get(url, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert url.split("?")[0] in text
    assert left(client.scratch) == []
    return text


def assert_true(fetched: Fetched, body: bytes, scratch: Path) -> None:
    assert fetched.file.read_bytes() == body
    assert (fetched.sha256, fetched.size) == (hashlib.sha256(body).hexdigest(), len(body))
    assert left(scratch) == [fetched.file.name]


def test_a_file_comes_whole_with_what_the_publisher_says_of_it(
    publisher: PublisherServer, scratch: Path
) -> None:
    url = publisher.serve(PATH, BODY, media_type="text/csv; charset=utf-8")
    progress: list[tuple[str, int, int | None]] = []
    with publisher.client(
        scratch, on_bytes=lambda *told: progress.append(told), contact="jsna@example.org"
    ) as client:
        fetched = client.get(url, params={"a": "b c"}, expect=("text",))
    assert_true(fetched, BODY, scratch)
    assert fetched.url == fetched.final_url == f"{url}?a=b+c"
    assert (fetched.media_type, fetched.last_modified) == ("text/csv", server.MODIFIED)
    assert fetched.etag.startswith('"')
    assert datetime.now(UTC) - fetched.retrieved_at < timedelta(minutes=1)
    assert progress[-1] == (fetched.url, len(BODY), len(BODY))
    asked = publisher.requests[0].asked
    assert asked.headers["user-agent"] == "send-jsna/0.1.0 (+jsna@example.org)"
    assert asked.headers["accept-encoding"] == "identity"


PASSING: dict[str, Fault] = {
    "429": server.too_many("0"),
    "429 without a time": server.too_many(),
    "500": server.status(500),
    "502": server.status(502),
    "503 with a page": server.html(503),
    "504": server.status(504),
    "reset mid-body": server.reset(after=100_000),
    "reset at once": server.reset(after=0),
    "announced more": server.short(by=10),
    "stalls": server.drip(50_000, 3.0),
    "another check sum": server.with_headers(
        content_md5=base64.b64encode(hashlib.md5(b"other").digest()).decode()
    ),
    "another digest": server.with_headers(
        repr_digest=f"sha-256=:{base64.b64encode(hashlib.sha256(b'other').digest()).decode()}:"
    ),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_not_seen(publisher: PublisherServer, scratch: Path, fault: str) -> None:
    url = publisher.serve(PATH, BODY)
    publisher.fault(PATH, PASSING[fault])
    with publisher.client(scratch) as client:
        assert_true(client.get(url), BODY, scratch)
    # Where more was announced than there is, resuming finds the end first.
    assert len(publisher.requests) == 2 + (fault == "announced more")


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_stays_is_one_sentence_after_a_few_tries(
    publisher: PublisherServer, scratch: Path, fault: str
) -> None:
    # Without ranges, since a download that is resumed gets on.
    url = publisher.serve(PATH, BODY, ranges=False)
    publisher.always(PATH, PASSING[fault])
    with publisher.client(scratch) as client:
        assert "(3 tries)" in refusal(client, url)
    assert len(publisher.requests) == QUICK.tries


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 418, 204, 304])
def test_other_answers_are_final(publisher: PublisherServer, scratch: Path, code: int) -> None:
    url = publisher.serve(PATH, BODY)
    publisher.always(PATH, server.status(code))
    with publisher.client(scratch) as client, pytest.raises(FetchError, match=f"HTTP {code}") as caught:
        client.get(url)
    assert caught.value.status == code
    assert caught.value.remedy
    assert len(publisher.requests) == 1
    assert left(scratch) == []


def test_no_connection_is_one_sentence(scratch: Path) -> None:
    with PublisherServer() as gone:
        url = gone.url(PATH)
    with gone.client(scratch) as client:
        assert "no connection" in refusal(client, url)


def test_what_an_interface_says_of_an_error_is_passed_on(publisher: PublisherServer, scratch: Path) -> None:
    problem = b'{"title":"Bad","errors":[{"message":"Must be\\na single value","path":"filters.eq"}]}'
    url = publisher.serve(PATH, BODY)
    publisher.always(PATH, server.status(400, {"Content-Type": "application/json"}, problem))
    with publisher.client(scratch) as client:
        assert "Must be a single value (filters.eq)" in refusal(client, url)


class TestResuming:
    def test_only_what_is_missing_is_sent_again(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.fault(PATH, server.reset(after=100_000), server.reset(after=20_000))
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)
        starts = [int(served.asked.headers["range"][6:-1]) for served in publisher.requests[1:]]
        assert 0 < starts[0] <= 100_000
        assert starts[0] < starts[1] <= 120_000
        assert publisher.bodies(PATH)[2] == len(BODY) - starts[1]

    @pytest.mark.parametrize(
        "options",
        [{"etag": 'W/"weak"'}, {"ranges": False}, {"etag": "", "last_modified": ""}],
        ids=["weak", "no ranges", "no validator"],
    )
    def test_without_a_promise_of_the_same_bytes_it_starts_again(
        self, publisher: PublisherServer, scratch: Path, options: dict[str, Any]
    ) -> None:
        url = publisher.serve(PATH, BODY, **options)
        publisher.fault(PATH, server.reset(after=100_000))
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)
        assert "range" not in publisher.requests[1].asked.headers
        assert publisher.bodies(PATH)[1] == len(BODY)

    def test_by_date_where_there_is_no_etag(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY, etag="")
        publisher.fault(PATH, server.reset(after=100_000))
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)
        assert publisher.requests[1].asked.headers["if-range"] == server.MODIFIED
        assert publisher.bodies(PATH)[1] < len(BODY)

    def test_bytes_that_changed_meanwhile_are_fetched_whole(
        self, publisher: PublisherServer, scratch: Path
    ) -> None:
        url = publisher.serve(PATH, BODY)

        def break_and_change(plan: server.Plan) -> server.Plan:
            publisher.serve(PATH, BODY[::-1])
            return server.reset(after=100_000)(plan)

        publisher.fault(PATH, break_and_change)
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY[::-1], scratch)

    @pytest.mark.parametrize(
        "lie",
        [
            server.with_headers(content_range=f"bytes 5-{len(BODY) - 1}/{len(BODY)}"),
            server.with_headers(content_range=""),
            server.with_headers(etag='"another"'),
            server.status(416),
        ],
        ids=["another part", "no part named", "another file", "416"],
    )
    def test_a_part_that_does_not_fit_is_thrown_away(
        self, publisher: PublisherServer, scratch: Path, lie: Fault
    ) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.fault(PATH, server.reset(after=100_000), lie)
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)
        assert publisher.bodies(PATH)[2] == len(BODY)

    def test_a_part_that_ends_early_is_not_taken_for_the_rest(
        self, publisher: PublisherServer, scratch: Path
    ) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.fault(PATH, server.reset(after=100_000), server.truncated(1000))
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)


class TestUnchanged:
    @pytest.mark.parametrize("by", ["etag", "last_modified"])
    def test_a_second_fetch_moves_no_body(self, publisher: PublisherServer, scratch: Path, by: str) -> None:
        url = publisher.serve(PATH, BODY)
        with publisher.client(scratch) as client:
            first = client.get(url)
            first.discard()
            second = client.get(url, validators=Validators(**{by: getattr(first, by)}))
        assert (second.not_modified, second.path, second.size, second.sha256) == (True, None, 0, "")
        assert second.etag == first.etag
        assert publisher.bodies(PATH) == [len(BODY), 0]
        assert left(scratch) == []

    def test_fetched_kept_and_checked_again(
        self, publisher: PublisherServer, scratch: Path, tmp_path: Path
    ) -> None:
        url, store = publisher.serve(PATH, BODY), tmp_path / "store"
        with publisher.client(scratch) as client:
            for _ in range(3):
                last = retrieval_ledger.last_good(store, "dfe-data", "data.csv")
                held = Validators(last.etag, last.last_modified) if last else None
                fetched = client.get(url, validators=held)
                if last and fetched.not_modified:
                    retrieval_ledger.record_checked(store, last, fetched.retrieved_at)
                    continue
                digest = snapshots.adopt(store, fetched.file, {"title": "Data"}, digest=fetched.sha256)
                entry = retrieval_ledger.Retrieval(
                    source_id="dfe-data",
                    resource="data.csv",
                    url=fetched.url,
                    final_url=fetched.final_url,
                    sha256=digest,
                    size=fetched.size,
                    media_type=fetched.media_type,
                    etag=fetched.etag,
                    last_modified=fetched.last_modified,
                    retrieved_at=fetched.retrieved_at,
                    accepted=True,
                )
                retrieval_ledger.record(store, entry)
        first, *checks = retrieval_ledger.listed(store)
        assert (store / first.sha256).read_bytes() == BODY
        assert [(one.sha256, one.retrieved_at) for one in checks] == [(first.sha256, first.retrieved_at)] * 2
        assert first.retrieved_at < checks[0].asked_at < checks[1].asked_at
        assert publisher.bodies(PATH) == [len(BODY), 0, 0]
        assert left(scratch) == []

    def test_changed_bytes_are_sent(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        with publisher.client(scratch) as client:
            fetched = client.get(url, validators=Validators('"of yesterday"', server.MODIFIED))
        assert_true(fetched, BODY, scratch)

    def test_no_file_is_not_an_empty_file(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        with publisher.client(scratch) as client:
            fetched = client.get(url, validators=Validators("*"))
        with pytest.raises(ValueError, match="not modified"):
            _ = fetched.file


class TestHosts:
    def test_a_redirect_on_the_list_is_followed(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always("/old", server.moved("data.csv", 301))
        with publisher.client(scratch) as client:
            fetched = client.get(publisher.url("/old"))
        assert_true(fetched, BODY, scratch)
        assert (fetched.url, fetched.final_url) == (publisher.url("/old"), url)

    @pytest.mark.parametrize(
        "target",
        [
            "http://localhost:{port}/data.csv",
            "https://example.org/x",
            "file:///etc/passwd",
            "//evil.example/",
        ],
    )
    def test_a_redirect_elsewhere_is_not(
        self, publisher: PublisherServer, scratch: Path, target: str
    ) -> None:
        with PublisherServer() as other:
            other.serve(PATH, BODY)
            port = other.host.rpartition(":")[2]
            publisher.always("/old", server.moved(target.format(port=port)))
            with publisher.client(scratch) as client:
                assert "not allowed" in refusal(client, publisher.url("/old"))
            assert other.requests == []

    def test_redirects_without_end_end(self, publisher: PublisherServer, scratch: Path) -> None:
        publisher.always("/old", server.moved("/old"))
        with publisher.client(scratch) as client:
            assert "redirects without end" in refusal(client, publisher.url("/old"))
        assert len(publisher.requests) == 6

    @pytest.mark.parametrize(
        "url",
        ["https://elsewhere.example/x", "http://api.example/x", "https://a:b@api.example/x", "nonsense"],
    )
    def test_other_addresses_are_refused_before_anything_is_sent(self, scratch: Path, url: str) -> None:
        client = Client(scratch, hosts=["api.example"], limits=QUICK)
        with client, pytest.raises(FetchError, match="not allowed") as caught:
            client.get(url)
        assert "a:b" not in str(caught.value)

    def test_plain_http_is_for_this_machine_only(self, scratch: Path) -> None:
        with pytest.raises(FetchError, match="plain http is not allowed for example"):
            Client(scratch, hosts=(), insecure_hosts=["example.org:80"])

    def test_a_certificate_nobody_signed_is_refused(self, tmp_path: Path, scratch: Path) -> None:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        subject = "/CN=localhost -addext subjectAltName=DNS:localhost"
        command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj {subject}".split()
        made = subprocess.run(
            [*command, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("openssl cannot make a certificate here")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        host = f"localhost:{listener.server_address[1]}"
        try:
            with Client(scratch, hosts=[host], limits=QUICK) as client:
                assert "certificate is not trusted" in refusal(client, f"https://{host}/")
        finally:
            listener.shutdown()
            listener.server_close()

    def test_keys_are_not_shown(
        self, publisher: PublisherServer, scratch: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        url = publisher.serve(PATH, BODY)
        caplog.set_level("INFO")
        with publisher.client(scratch) as client:
            fetched = client.get(url, params={"uid": "0xsecret", "date": "2024"})
            fetched.discard()
            publisher.always(PATH, server.status(400))
            text = refusal(client, f"{url}?uid=0xsecret")
        assert "secret" not in fetched.url + fetched.final_url + text + caplog.text
        assert "date=2024" in fetched.url
        assert publisher.requests[0].asked.query["uid"] == "0xsecret"
        assert shown("https://u:p@h.example/a?x=%20y#f") == "https://h.example/a?x=%20y"


class TestSize:
    def test_an_announced_size_over_the_cap_moves_no_body(
        self, publisher: PublisherServer, scratch: Path
    ) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.announced(10**12))
        with publisher.client(scratch) as client:
            assert "1,000,000,000,000 bytes" in refusal(client, url)
        assert len(publisher.requests) == 1

    def test_a_body_over_the_cap_is_given_up(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        chunk = b"%x\r\n" % len(BODY) + BODY + b"\r\n"
        endless = chunk * 40 + b"0\r\n\r\n"
        publisher.always(PATH, server.with_body(endless, Transfer_Encoding="chunked"))
        with publisher.client(scratch, replace(QUICK, max_bytes=2 * len(BODY))) as client:
            assert "more than" in refusal(client, url)
        assert len(publisher.requests) == 1

    def test_chunks_are_put_together(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        chunk = b"%x\r\n" % len(BODY) + BODY + b"\r\n"
        whole = server.with_body(chunk + b"0\r\n\r\n", Transfer_Encoding="chunked")
        publisher.fault(PATH, server.with_body(chunk, Transfer_Encoding="chunked"), whole)
        publisher.fault(PATH, server.reset(after=len(chunk)))
        with publisher.client(scratch) as client:
            assert_true(client.get(url), BODY, scratch)

    def test_a_bomb_is_not_kept(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.bomb(30_000_000))
        with publisher.client(scratch) as client:
            assert "more than 200 times" in refusal(client, url)
        with publisher.client(scratch, replace(QUICK, max_ratio=5000, max_unpacked=20_000_000)) as client:
            assert "more than 20,000,000 bytes" in refusal(client, url)
        assert len(publisher.requests) == 2

    def test_a_workbook_bomb_is_not_kept(self, publisher: PublisherServer, scratch: Path) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", bytes(30_000_000))
        url = publisher.serve(PATH, packed.getvalue())
        with publisher.client(scratch) as client:
            assert "more than 200 times" in refusal(client, url)

    @pytest.mark.parametrize("coding", ["", "gzip"])
    def test_gzip_is_kept_as_it_came(self, publisher: PublisherServer, scratch: Path, coding: str) -> None:
        url = publisher.serve(PATH, PACKED, headers={"Content-Encoding": coding} if coding else {})
        with publisher.client(scratch) as client:
            fetched = client.get(url)
        assert_true(fetched, PACKED, scratch)
        assert fetched.content_encoding == coding
        with open_unpacked(fetched.file) as file:
            assert file.read() == gzip.decompress(PACKED)

    def test_no_more_is_unpacked_than_is_asked_for(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_bytes(gzip.compress(bytes(1_000_000)))
        with (
            open_unpacked(path, max_unpacked=500_000) as file,
            pytest.raises(FetchError, match="more than the cap"),
        ):
            file.read()
        with open_unpacked(path, max_unpacked=1_000_000) as file:
            assert file.read() == bytes(1_000_000)

    @pytest.mark.parametrize("coding", ["", "gzip"])
    def test_a_truncated_gzip_is_tried_again(
        self, publisher: PublisherServer, scratch: Path, coding: str
    ) -> None:
        url = publisher.serve(PATH, PACKED, headers={"Content-Encoding": coding} if coding else {})
        publisher.fault(PATH, server.truncated(40_000))
        with publisher.client(scratch) as client:
            fetched = client.get(url)
            assert_true(fetched, PACKED, scratch)
            fetched.discard()
            publisher.always(PATH, server.announced(40_000))
            assert "cut short" in refusal(client, url)
        assert len(publisher.requests) == 2 + QUICK.tries

    def test_less_announced_than_sent_is_seen_where_it_can_be(
        self, publisher: PublisherServer, scratch: Path
    ) -> None:
        stated = base64.b64encode(hashlib.md5(BODY).digest()).decode()
        url = publisher.serve(PATH, BODY, headers={"Content-MD5": stated})
        publisher.always(PATH, server.announced(len(BODY) - 4))
        document = publisher.serve("/x", b'{"a": [1, 2, 3]}', media_type="application/json")
        publisher.always("/x", server.announced(10))
        with publisher.client(scratch) as client:
            assert "md5 check sum" in refusal(client, url)
            with pytest.raises(FetchError, match="cannot be read as JSON"):
                client.get_json(document)
            # What is left over on a connection does no harm to the next answer.
            honest = client.get(publisher.serve("/other.csv", BODY))
        assert_true(honest, BODY, scratch)

    def test_a_damaged_workbook_is_tried_again(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, b"PK\x03\x04 and no more")
        with publisher.client(scratch) as client:
            assert "zip or workbook file is damaged" in refusal(client, url)
        assert len(publisher.requests) == QUICK.tries

    def test_another_packing_is_refused(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY, headers={"Content-Encoding": "br"})
        with publisher.client(scratch) as client:
            assert "packed as 'br'" in refusal(client, url)


class TestContent:
    def test_a_page_in_place_of_the_data_is_refused(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.html(200))
        with publisher.client(scratch) as client:
            assert "sent an HTML page in place of the data" in refusal(client, url, expect=("text", "gzip"))

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"", "empty"),
            (b"a,b\n1,2\n", "text"),
            (b"\xef\xbb\xbf\n <!DOCTYPE HTML><html>", "html"),
            (b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"),
            (b"<?xml version='1.0'?><Error/>", "xml"),
            (b' {"a": 1}', "json"),
            (b"[1]", "json"),
            (PACKED, "gzip"),
            (b"PK\x03\x04", "zip"),
            (b"PAR1", "parquet"),
            (b"\xd0\xcf\x11\xe0\0\0", "binary"),
            ("Präfix,ä\n".encode("utf-16"), "text"),
            ("Präfix,ä\n".encode("cp1252"), "text"),
        ],
    )
    def test_sniffing(self, tmp_path: Path, content: bytes, kind: str) -> None:
        path = tmp_path / "file"
        path.write_bytes(content)
        assert sniff(path) == kind
        path.write_bytes(gzip.compress(content))
        assert sniff_unpacked(path) == kind

    def test_json_is_read_and_its_file_removed(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve("/x", gzip.compress(b'\xef\xbb\xbf{"a": [1]}'), media_type="application/json")
        with publisher.client(scratch) as client:
            assert client.get_json(url) == {"a": [1]}
            for other in (b"<html></html>", b'{"a": ', b"\xff\xff", b"[" * 100_000):
                publisher.serve("/x", other)
                with pytest.raises(FetchError, match="cannot be read as JSON"):
                    client.get_json(url)
        assert left(scratch) == []


class TestTime:
    def test_a_slow_drip_ends_with_the_time(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.drip(10, 0.02))
        begun = time.monotonic()
        with publisher.client(scratch, replace(QUICK, total_seconds=0.5)) as client:
            assert "took longer than 0.5 s" in refusal(client, url)
        assert time.monotonic() - begun < 10

    @pytest.mark.parametrize("as_date", [False, True])
    def test_a_wait_the_server_asks_for_is_kept(
        self, publisher: PublisherServer, scratch: Path, as_date: bool
    ) -> None:
        url = publisher.serve(PATH, BODY)
        at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
        publisher.fault(PATH, server.too_many(format_datetime(at, usegmt=True) if as_date else "1"))
        begun = time.monotonic()
        with publisher.client(scratch, replace(QUICK, wait_max_seconds=3)) as client:
            assert_true(client.get(url), BODY, scratch)
        if as_date:
            assert datetime.now(UTC) >= at
        else:
            assert time.monotonic() - begun >= 1

    def test_a_wait_that_is_too_long_is_said(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.too_many("3600"))
        with publisher.client(scratch) as client:
            assert "asks to wait 3600 s" in refusal(client, url)
        assert len(publisher.requests) == 1

    def test_a_wait_beyond_the_time_is_not_begun(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.too_many("40"))
        begun = time.monotonic()
        with publisher.client(scratch, replace(QUICK, wait_max_seconds=60)) as client:
            assert "no time left" in refusal(client, url)
        assert time.monotonic() - begun < 10

    def test_closing_ends_a_wait(self, publisher: PublisherServer, scratch: Path) -> None:
        url = publisher.serve(PATH, BODY)
        publisher.always(PATH, server.too_many("20"))
        client = publisher.client(scratch, replace(QUICK, wait_max_seconds=60, total_seconds=60))
        threading.Timer(0.3, client.close).start()
        assert "given up" in refusal(client, url)

    def test_few_at_once_for_a_host(self, publisher: PublisherServer, scratch: Path) -> None:
        bodies = {f"/{number}.csv": BODY[number:] for number in range(8)}
        for path, body in bodies.items():
            publisher.serve(path, body)
            publisher.always(path, server.drip(100_000, 0.05))
        with publisher.client(scratch, replace(QUICK, per_host=2)) as client, ThreadPoolExecutor(8) as pool:
            fetched = list(pool.map(lambda path: client.get(publisher.url(path)), bodies))
        assert publisher.peak == 2
        assert [one.file.read_bytes() for one in fetched] == list(bodies.values())

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [("7", 7.0), ("", None), ("soon", None), ("-1", None), ("Wed, 01 Jan 2020 00:00:00 GMT", 0.0)],
    )
    def test_reading_retry_after(self, text: str, seconds: float | None) -> None:
        assert retry_after({"retry-after": text}) == seconds

    @given(st.integers(1, 60), st.floats(0, 60))
    def test_waits_are_bounded(self, attempt: int, longest: float) -> None:
        assert 0 <= backoff(attempt, longest) <= longest


def test_an_interrupted_fetch_leaves_nothing(publisher: PublisherServer, scratch: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    url = publisher.serve(PATH, BODY)
    with publisher.client(scratch, on_bytes=interrupt) as client, pytest.raises(KeyboardInterrupt):
        client.get(url)
    assert left(scratch) == []


def test_what_a_killed_process_left_is_swept(publisher: PublisherServer, scratch: Path) -> None:
    scratch.mkdir()
    old, new, kept = scratch / ".old.part", scratch / ".new.part", scratch / "fetched"
    for path in (old, new, kept):
        path.touch()
    for path in (old, kept):
        os.utime(path, (0, 0))
    publisher.client(scratch).close()
    assert left(scratch) == [".new.part", "fetched"]


def test_a_scratch_folder_that_is_gone_is_one_sentence(publisher: PublisherServer, scratch: Path) -> None:
    url = publisher.serve(PATH, BODY)
    with publisher.client(scratch) as client:
        scratch.rmdir()
        with pytest.raises(StorageError, match="cannot be written"):
            client.get(url)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_packed_bytes_are_read_right_or_refused(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    path = tmp_path_factory.mktemp("packed") / "file.gz"
    parts = data.draw(st.lists(st.binary(max_size=200).map(lambda part: part * 700), min_size=1, max_size=3))
    packed = b"".join(gzip.compress(part) for part in parts) + bytes(data.draw(st.integers(0, 3)))
    whole = b"".join(parts)
    path.write_bytes(packed)
    with open_unpacked(path) as file:
        assert file.read() == whole
    at = data.draw(st.integers(2, len(packed) - 1))
    damaged = packed[:at] + data.draw(st.sampled_from([b"", b"\xff" + packed[at + 1 :]]))
    path.write_bytes(damaged)
    try:
        with open_unpacked(path) as file:
            read = file.read()
    except JsnaError:
        return
    # Cut between two members, or damaged where nothing is told: in a header's date or system.
    assert whole.startswith(read)


def test_nobody_waits_twice_for_a_host_that_cannot_be_connected_to(tmp_path: Path) -> None:
    """Without a network dozens of sources would each try in vain, one after the other."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    with Client(tmp_path, hosts=[host], insecure_hosts=[host], limits=QUICK) as client:
        with pytest.raises(FetchError, match=r"\(3 tries\)"):
            client.get(f"http://{host}/a.csv")
        with pytest.raises(FetchError, match="as before at this host") as told:
            client.get(f"http://{host}/b.csv")
    assert "tries" not in str(told.value), "the second file of the host was not tried again and again"
