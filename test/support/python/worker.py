import json, socket, sys, time, uuid
hello = {"headers": True, "no_responders": True, "verbose": False}  # with a login: "user": "...", "pass": "...", or "auth_token": "..."
inbox = f"_INBOX.{uuid.uuid4().hex}"
group = {"durable_name": "workers", "filter_subject": "frames.>", "ack_policy": "none", "deliver_policy": "new", "max_deliver": 1, "inactive_threshold": 86400 * 10**9, "mem_storage": True}

def ask(subject, question):
    server.sendall(f"PUB {subject} {inbox} {len(question)}\r\n{question}\r\n".encode())

def hear():
    while (words := answers.readline().split()) and words[0] != b"-ERR":
        if words[0] == b"PING":
            server.sendall(b"PONG\r\n")
        if words[0] in (b"MSG", b"HMSG"):
            head, size = int(words[-2]) if words[0] == b"HMSG" else 0, int(words[-1])
            body = answers.read(size + 2)
            if body.startswith(b"NATS/1.0 503"):
                sys.exit("the server has no JetStream")
            if len(body) == size + 2:
                return words[1].decode(errors="replace"), body[:head].decode(errors="replace"), body[head:size]
    sys.exit(b" ".join(words).decode() or "the server ended the connection")

try:
    server = socket.create_connection(("localhost", 4222), timeout=5)
    answers = server.makefile("rb")
    server.sendall(f"CONNECT {json.dumps(hello)}\r\nSUB {inbox} 1\r\n".encode())
    ask("$JS.API.CONSUMER.DURABLE.CREATE.FRAMES.workers", json.dumps({"stream_name": "FRAMES", "config": group}))
    if error := json.loads(hear()[2]).get("error"):
        sys.exit(error["description"])
    while True:
        ask("$JS.API.CONSUMER.MSG.NEXT.FRAMES.workers", '{"batch": 16, "no_wait": true}')
        batch, count = {}, 0
        while count < 16 and (heard := hear())[0].startswith("frames."):
            batch[heard[0]], count = heard[1:], count + 1
        for subject, (headers, jpeg) in batch.items():  # jpeg is the picture
            print(subject, headers.partition("Frame-Sequence: ")[2].partition("\r")[0], len(jpeg), flush=True)
        time.sleep(0 if count == 16 else 0.05)
except OSError as error:
    sys.exit(f"no answer: {error}")
