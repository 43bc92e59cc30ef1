"""A process of clients that begin to read streams and are then put to sleep: `python stalled_readers.py`.

It is told {"port", "token", "tasks"} in one line of JSON, answers with how many connections have begun, and, when its
standard input ends, with how many of them were cut off before their stream's end.
"""

import json
import socket
import sys

# The smallest window that the kernel allows, so that little is on its way to a sleeper.
_WINDOW = 2_304
_END = b"0\r\n\r\n"


def main() -> None:
    """See the module."""
    told = json.loads(sys.stdin.readline())
    clients = [_begun(told["port"], told["token"], task) for task in told["tasks"]]
    print(json.dumps({"begun": len(clients)}), flush=True)
    sys.stdin.read()
    print(json.dumps({"cut": sum(_cut(client) for client in clients)}), flush=True)


def _begun(port: int, token: str, task: str) -> socket.socket:
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    head = f"GET /stream/{task} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
    client.sendall(head.encode())
    status = client.recv(64)
    assert status.startswith(b"HTTP/1.1 200"), status
    return client


def _cut(client: socket.socket) -> bool:
    client.settimeout(1)
    tail = b""
    for _ in range(2):
        try:
            while piece := client.recv(65_536):
                tail = (tail + piece)[-len(_END) :]
            return tail != _END
        except TimeoutError:
            # A kernel that has given up need not have said so; to one that has, any byte is news.
            client.send(b"\r\n")
        except OSError:
            return True
    return False


if __name__ == "__main__":
    main()
