"""The Explore Education Statistics API on loopback, built from its OpenAPI document.

Use::

    api = EesFake(openapi)                                     # the maintainers' openapi-v1.json
    publication = api.publication("Education, health and care plans")
    data_set = api.data_set(publication, "Requests", {"1.0": Table.read(path, filters=("breakdown", …))})
    publisher.mount("/statistics", api)                        # a publishers.server.PublisherServer
    publisher.mount("/data-catalogue", api.catalogue)          # the site's download of a file
    ees = EesClient(client, base=publisher.url("/statistics"), content=publisher.url(""))

Every answer is checked against the document's schema before it is sent, every question against the document's
parameters: an unknown one is answered with 400, where the real API overlooks it in silence. Values, labels
and symbols are those of the table's file.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema

from publishers.server import Asked, Plan, file_plan

PLACES = {
    "National": ("NAT", {"code": "country_code", "label": "country_name"}),
    "Regional": ("REG", {"code": "region_code", "label": "region_name"}),
    "Local authority": ("LA", {"code": "new_la_code", "oldCode": "old_la_code", "label": "la_name"}),
    "School": ("SCH", {"urn": "school_urn", "laEstab": "school_laestab", "label": "school_name"}),
}
PERIODS = {
    "Academic year": "AY",
    "Calendar year": "CY",
    "Financial year": "FY",
    "Autumn and spring term": "T1T2",
}
_KEYS = {
    "time_period",
    "time_identifier",
    "geographic_level",
    *(column for _, columns in PLACES.values() for column in columns.values()),
}


def _short(*parts: str) -> str:
    """An id as short and meaningless as the API's."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:6]


@dataclass
class Table:
    """A publisher's file: its bytes and what the API makes of it."""

    content: bytes
    rows: list[dict[str, str]]
    filters: tuple[str, ...]

    @classmethod
    def read(
        cls,
        path: Path,
        *,
        filters: Sequence[str],
        keep: Callable[[dict[str, str]], bool] = lambda row: True,
    ) -> Table:
        """A table from a CSV file, packed or not."""
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text))
        return cls.of([row for row in reader if keep(row)], filters)

    @classmethod
    def of(cls, rows: Sequence[dict[str, str]], filters: Sequence[str]) -> Table:
        """A table from rows, as the publisher would file them."""
        out = io.StringIO()
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return cls(out.getvalue().encode("utf-8-sig"), list(rows), tuple(filters))

    @property
    def indicators(self) -> list[str]:
        """Columns of figures."""
        return [name for name in self.rows[0] if name not in _KEYS and name not in self.filters]

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What the API's ``/meta`` says of it."""
        locations = []
        for label, (code, columns) in PLACES.items():
            if not set(columns.values()) <= set(self.rows[0]):
                continue
            fields = sorted({tuple(row[column] for column in columns.values()) for row in self.rows})
            options = [
                {"id": _short(code, *values), **dict(zip(columns, values, strict=True))}
                for values in fields
                if values[-1]
            ]
            if options:
                locations.append({"level": {"code": code, "label": label}, "options": options})
        used = {row["geographic_level"] for row in self.rows}
        return {
            "filters": [
                {
                    "id": _short("filter", name),
                    "column": name,
                    "label": name,
                    "hint": "",
                    "options": [
                        {"id": _short(name, label), "label": label}
                        for label in sorted({row[name] for row in self.rows})
                    ],
                }
                for name in self.filters
            ],
            "indicators": [
                {
                    "id": _short("indicator", name),
                    "column": name,
                    "label": name,
                    "unit": "",
                    "decimalPlaces": None,
                }
                for name in self.indicators
            ],
            "geographicLevels": [
                {"code": code, "label": label} for label, (code, _) in PLACES.items() if label in used
            ],
            "locations": locations,
            "timePeriods": [
                {**period, "label": period["period"]} for period in sorted(self.periods(), key=str)
            ],
        }

    def periods(self) -> list[dict[str, str]]:
        """The time periods."""
        found = {(row["time_period"], row["time_identifier"]) for row in self.rows}
        return [_period(*pair) for pair in sorted(found)]


def _period(period: str, identifier: str) -> dict[str, str]:
    text = f"{period[:4]}/{period[:2]}{period[4:]}" if len(period) == 6 else period
    return {"code": PERIODS[identifier], "period": text}


@dataclass
class _DataSet:
    publication: str
    title: str
    versions: dict[str, Table]
    status: str
    superseding: str | None
    changes: dict[str, dict[str, Any]]
    version_status: dict[str, str]


class EesFake:
    """The API; mount it on a server.

    Attributes:
        packed: How ``/csv`` is sent: ``encoding`` as gzip with ``Content-Encoding`` (as the API's source has
            it), ``file`` as gzip without, ``no``.
        csv_headers: Further headers of ``/csv`` (an ETag, say).
        alter: Changes a document before it is checked and sent; for answers that are allowed and odd.
        strict: Whether answers are checked against the document; off for answers that break it.
    """

    def __init__(self, openapi: Path) -> None:
        document = json.loads(openapi.read_text(encoding="utf-8"))
        self.paths: dict[str, Any] = document["paths"]
        self._schemas = {name: _as_json_schema(s) for name, s in document["components"]["schemas"].items()}
        self._closed = {name: self._merge(schema) for name, schema in self._schemas.items()}
        self._publications: dict[str, dict[str, Any]] = {}
        self._data_sets: dict[str, _DataSet] = {}
        self._files: dict[str, bytes] = {}
        self._validators: dict[str, Any] = {}
        self.packed = "encoding"
        self.csv_headers: dict[str, str] = {}
        self.alter: Callable[[Asked, Any], Any] = lambda asked, document: document
        self.strict = True
        self.checked = 0

    def publication(self, title: str, slug: str = "") -> str:
        """Add a publication; returns its id."""
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, title))
        self._publications[key] = {
            "id": key,
            "title": title,
            "slug": slug or re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"),
            "summary": f"About {title}",
            "lastPublished": "2025-06-26T08:30:00+00:00",
        }
        return key

    def data_set(
        self,
        publication: str,
        title: str,
        versions: Mapping[str, Table],
        *,
        status: str = "Published",
        superseding: str | None = None,
        changes: Mapping[str, dict[str, Any]] | None = None,
        version_status: Mapping[str, str] | None = None,
    ) -> str:
        """Add a data set with its versions, oldest first; returns its id."""
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{publication}/{title}/{len(self._data_sets)}"))
        self._data_sets[key] = _DataSet(
            publication,
            title,
            dict(versions),
            status,
            superseding,
            dict(changes or {}),
            dict(version_status or {}),
        )
        return key

    def file(self, content: bytes) -> str:
        """Add a file to the data catalogue; returns its id."""
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(content).hexdigest()))
        self._files[key] = content
        return key

    def catalogue(self, asked: Asked) -> Plan:
        """Answer a request for a file of the data catalogue."""
        match = re.fullmatch(r"/data-catalogue/data-set/([0-9a-f-]+)/csv", asked.path)
        content = self._files.get(match[1]) if match else None
        if content is None:
            return Plan(404, {"Content-Type": "text/html"}, b"<!DOCTYPE html><title>Page not found</title>")
        tag = hashlib.sha256(content).hexdigest()[:16]
        return file_plan(asked, content, {"Content-Type": "text/csv", "ETag": f'"{tag}"'})

    def __call__(self, asked: Asked) -> Plan:
        """Answer a request; the documented path is found after the address the API is mounted under."""
        tail = asked.path[asked.path.index("/v1/") :]
        for template, methods in self.paths.items():
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), tail)
            if match and asked.method.lower() in methods:
                operation = methods[asked.method.lower()]
                fault = self._fault(operation, asked)
                if fault:
                    return self._problem(400, fault, operation)
                return self._answer(operation, asked, match.groupdict())
        return Plan(404, {"Content-Type": "application/json"}, b"{}")

    def check(self, name: str, document: Any) -> None:
        """Hold a document against a schema of the OpenAPI document."""
        if name not in self._validators:
            schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": self._closed}}
            self._validators[name] = jsonschema.Draft202012Validator(
                schema, format_checker=jsonschema.FormatChecker()
            )
        self._validators[name].validate(document)
        self.checked += 1

    def _fault(self, operation: Mapping[str, Any], asked: Asked) -> str:
        known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
        for name, value in asked.query.items():
            if name not in known:
                return f"unknown parameter {name}"
            schema = known[name]["schema"]
            if schema.get("type") == "integer":
                number = int(value)
                if not schema.get("minimum", number) <= number <= schema.get("maximum", number):
                    return f"{name} is out of range"
            if len(value) < schema.get("minLength", 0):
                return f"{name} is too short"
        return ""

    def _problem(self, status: int, message: str, operation: Mapping[str, Any]) -> Plan:
        document: dict[str, Any] = {
            "title": "Problem",
            "type": "https://tools.ietf.org/html/rfc9110",
            "status": status,
        }
        if status == 400:
            document["errors"] = [{"message": message, "code": "Invalid", "path": ""}]
        return self._send(operation, status, document)

    def _answer(self, operation: Mapping[str, Any], asked: Asked, ids: Mapping[str, str]) -> Plan:
        name = operation["operationId"]
        if "publicationId" in ids and ids["publicationId"] not in self._publications:
            return self._problem(404, "Not found", operation)
        data_set = self._data_sets.get(ids.get("dataSetId", ""))
        if "dataSetId" in ids and data_set is None:
            return self._problem(404, "Not found", operation)
        document: Any
        if name == "ListPublications":
            words = set(re.findall(r"\w+", asked.query.get("search", "").lower()))
            every = [
                one
                for one in self._publications.values()
                if words <= set(re.findall(r"\w+", one["title"].lower()))
            ]
            document = _paged(every, asked.query, 20)
        elif name == "GetPublication":
            document = self._publications[ids["publicationId"]]
        elif name == "ListPublicationDataSets":
            every = [
                self._summary(key)
                for key, one in self._data_sets.items()
                if one.publication == ids["publicationId"]
            ]
            document = _paged(every, asked.query, 10)
        elif name == "GetDataSet":
            document = self._summary(ids["dataSetId"])
        else:
            assert data_set is not None, name
            wanted = ids.get("dataSetVersion") or asked.query.get("dataSetVersion") or "*"
            version = next((one for one in reversed(data_set.versions) if _fits(one, wanted)), None)
            if version is None:
                return self._problem(404, "Not found", operation)
            table = data_set.versions[version]
            if name == "DownloadDataSetCsv":
                return self._csv(asked, table)
            document = self._of_version(name, asked, data_set, version)
        return self._send(operation, 200, self.alter(asked, document))

    def _of_version(self, name: str, asked: Asked, data_set: _DataSet, version: str) -> Any:
        table = data_set.versions[version]
        if name == "GetDataSetMeta":
            return table.meta
        if name == "ListDataSetVersions":
            every = [self._version(data_set, one) for one in reversed(data_set.versions)]
            return _paged(every, asked.query, 10)
        if name == "GetDataSetVersion":
            return self._version(data_set, version)
        if name == "GetDataSetVersionChanges":
            changed = data_set.changes.get(version, {})
            return {"versionNumber": version, "majorChanges": {}, "minorChanges": {}, **changed}
        raise AssertionError(f"no answer to {name}")

    def _send(self, operation: Mapping[str, Any], status: int, document: Any) -> Plan:
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        if self.strict:
            self.check(schema["$ref"].rpartition("/")[2], document)
        return Plan(
            status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(document).encode()
        )

    def _csv(self, asked: Asked, table: Table) -> Plan:
        headers = {"Content-Type": "text/csv", **self.csv_headers}
        if self.packed == "no":
            return file_plan(asked, table.content, headers)
        if self.packed == "encoding":
            headers["Content-Encoding"] = "gzip"
        return file_plan(asked, gzip.compress(table.content, mtime=0), headers)

    def _summary(self, key: str) -> dict[str, Any]:
        one = self._data_sets[key]
        latest = list(one.versions)[-1]
        full = self._version(one, latest)
        kept = (
            "version",
            "published",
            "totalResults",
            "file",
            "timePeriods",
            "geographicLevels",
            "filters",
            "indicators",
        )
        return {
            "id": key,
            "title": one.title,
            "summary": f"About {one.title}",
            "status": one.status,
            "supersedingDataSetId": one.superseding,
            "latestVersion": {name: full[name] for name in kept},
        }

    def _version(self, data_set: _DataSet, version: str) -> dict[str, Any]:
        table = data_set.versions[version]
        meta = table.meta
        periods = [one["period"] for one in meta["timePeriods"]]
        number = list(data_set.versions).index(version)
        return {
            "version": version,
            "type": "Major" if version.endswith(".0") else "Minor",
            "status": data_set.version_status.get(version, "Published"),
            "published": f"2025-{1 + number // 28:02}-{1 + number % 28:02}T08:30:00+00:00",
            "withdrawn": None,
            "notes": "",
            "totalResults": len(table.rows),
            "file": {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, version))},
            "release": {"title": "Reporting year 2025", "slug": "2025"},
            "timePeriods": {"start": periods[0], "end": periods[-1]},
            "geographicLevels": [one["label"] for one in meta["geographicLevels"]],
            "filters": [one["label"] for one in meta["filters"]],
            "indicators": [one["label"] for one in meta["indicators"]],
        }

    def _merge(self, schema: Any) -> Any:
        """Closed objects put together with ``allOf`` as the one closed object that is meant."""
        if isinstance(schema, list):
            return [self._merge(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        parts = [self._resolved(one) for one in schema.get("allOf", [])]
        if len(parts) > 1 and all(part.get("type") == "object" for part in parts):
            merged: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
            for part in parts:
                merged["properties"] |= part.get("properties", {})
                merged["required"] += part.get("required", [])
            return {**merged, "additionalProperties": False}
        return {key: self._merge(value) for key, value in schema.items()}

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return self._schemas[name] if name else schema


def _as_json_schema(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: what may be null says so, and of several shapes one must fit."""
    if isinstance(schema, list):
        return [_as_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # The document says "one of" where shapes overlap, a location by code and a local authority by code.
    plain = {("anyOf" if key == "oneOf" else key): _as_json_schema(value) for key, value in schema.items()}
    if plain.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, plain]}
    return plain


def _paged(every: Sequence[Any], query: Mapping[str, str], size: int) -> dict[str, Any]:
    page, size = int(query.get("page", 1)), int(query.get("pageSize", size))
    return {
        "paging": _paging(page, size, len(every)),
        "results": list(every[(page - 1) * size : page * size]),
    }


def _paging(page: int, size: int, total: int) -> dict[str, int]:
    return {"page": page, "pageSize": size, "totalResults": total, "totalPages": -(-total // size)}


def _fits(version: str, wanted: str) -> bool:
    return re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), version) is not None
