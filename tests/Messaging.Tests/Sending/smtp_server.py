"""An SMTP server for tests, by aiosmtpd. Told what to do by lines of JSON on its standard input, it ends with that input."""
import asyncio
import base64
import collections
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

settings = json.loads(sys.argv[1])
script = collections.defaultdict(collections.deque)
released = asyncio.Event()
connections = set()


def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


async def scripted(step):
    reply = script[step].popleft() if script[step] else None
    if reply == "silence":
        await asyncio.Event().wait()  # until the connection ends
    if reply == "hold":
        await released.wait()
        return None
    return reply


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if reply := await scripted("MAIL"):
            return reply
        envelope.mail_from = address
        return "250 2.1.0 known"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if reply := await scripted("RCPT"):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 known"

    async def handle_DATA(self, server, session, envelope):
        reply = script["."].popleft() if script["."] else "250 2.0.0 taken"
        if reply[0] in "45":
            return reply
        tell("mail", sender=envelope.mail_from, to=envelope.rcpt_tos, content=base64.b64encode(envelope.original_content).decode(),
             encrypted=session.ssl is not None, user=session.auth_data, answer=reply)
        if reply == "cut":
            server.transport.abort()
        elif reply == "silence":
            await asyncio.Event().wait()
        elif reply == "hold":
            await released.wait()
        return reply if reply[0] == "2" else "250 2.0.0 taken"


class Server(SMTP):
    """The answer to DATA itself can be told too."""

    def connection_made(self, transport):
        connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error):
        tell("end")
        super().connection_lost(error)

    async def smtp_DATA(self, arg):
        if reply := await scripted("DATA"):
            await self.push(reply)
        else:
            await super().smtp_DATA(arg)


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == settings["login"]
    return AuthResult(success=right, auth_data=f"{data.login.decode()} by {mechanism}" if right else None)


def session():
    tell("connection")
    options = {"hostname": "mail.example", "timeout": settings.get("timeout", 300)}
    if "certificate" in settings:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(settings["certificate"])
        options |= {"tls_context": tls, "require_starttls": True}
    if "login" in settings:
        options |= {"auth_required": True, "authenticator": authenticate, "auth_exclude_mechanism": settings.get("without", [])}
    return Server(Handler(), **options)


async def main():
    loop = asyncio.get_running_loop()

    async def listen(port):
        return await loop.create_server(session, "127.0.0.1", port, backlog=100)

    server = await listen(0)
    port = server.sockets[0].getsockname()[1]
    tell("listening", port=port)
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        order = json.loads(line)
        if order["do"] == "answer":
            script[order["at"]].extend(order["replies"])
        elif order["do"] == "release":
            released.set()
        elif order["do"] == "leave":
            server.close()
            for transport in connections:
                transport.abort()
            connections.clear()
        elif order["do"] == "return":
            server = await listen(port)
        tell("done")


asyncio.run(main())
