"""One HTTP/3 connection of aioquic, driven by lines of JSON.

The first line of standard input says where to connect: {"port", "address", "serverName", "ca"}, all but the
first optional. Each further
line is a request: {"id", "host", "path", "method", "headers", "body"}, where "protocol" makes an extended CONNECT of it that
stays open and sends the body. Lines of standard output: {"open": true, "certificate"} or {"closed": reason}, and for each
answer {"id", "status", "headers", "body"}.
"""

import asyncio
import json
import logging
import ssl
import sys

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, StreamReset
from cryptography.x509.oid import NameOID


def say(**line):
    print(json.dumps(line), flush=True)


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.streams = {}

    def send(self, request):
        stream = self._quic.get_next_available_stream_id()
        protocol = request.get("protocol")
        self.streams[stream] = {"id": request["id"], "open": protocol is not None, "body": b""}
        headers = [
            (":method", "CONNECT" if protocol else request.get("method", "GET")),
            (":scheme", "https"),
            (":authority", request["host"]),
            (":path", request.get("path", "/")),
            *([(":protocol", protocol)] if protocol else []),
            *request.get("headers", {}).items(),
        ]
        body = bytes.fromhex(request.get("body", ""))
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers]
        self.http.send_headers(stream, encoded, end_stream=not body and protocol is None)
        if body:
            self.http.send_data(stream, body, end_stream=protocol is None)
        self.transmit()

    def quic_event_received(self, event):
        if isinstance(event, ConnectionTerminated):
            say(closed=event.reason_phrase or str(event.error_code))
        elif isinstance(event, StreamReset) and event.stream_id in self.streams:
            say(id=self.streams.pop(event.stream_id)["id"], status=0, headers={}, body="")
        for found in self.http.handle_event(event):
            stream = self.streams.get(found.stream_id)
            if stream is None:
                continue
            if isinstance(found, HeadersReceived) and "headers" not in stream:
                stream["headers"] = {name.decode(): value.decode() for name, value in found.headers}
            elif isinstance(found, DataReceived):
                stream["body"] += found.data
            done = found.stream_ended or (stream["open"] and stream["body"])
            if done and "headers" in stream:
                del self.streams[found.stream_id]
                headers = stream["headers"]
                status = int(headers.pop(":status", "0"))
                say(id=stream["id"], status=status, headers=headers, body=stream["body"].hex())


async def main():
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    where = json.loads(await reader.readline())
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=where.get("serverName"))
    if "ca" in where:
        configuration.load_verify_locations(cadata=where["ca"].encode())
    else:
        configuration.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(where.get("timeout", 10)) as limit, connect(
            where.get("address", "127.0.0.1"), where["port"], configuration=configuration, create_protocol=Client
        ) as client:
            limit.reschedule(None)
            # aioquic has no public name for it.
            subject = client._quic.tls._peer_certificate.subject
            say(open=True, certificate=subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
            while line := await reader.readline():
                client.send(json.loads(line))
    except (ConnectionError, TimeoutError) as error:
        say(closed=str(error) or type(error).__name__)


# A refused connection leaves futures that nobody asks any more.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)
asyncio.run(main())
