import json, os, socket, time

nats = socket.create_connection(("localhost", 4222)).makefile("rwb")
inbox = f"inbox.{os.getpid()}"

def ask(subject, question):
    text = json.dumps(question)
    nats.write(f"PUB {subject} {inbox} {len(text)}\r\n{text}\r\n".encode())
    nats.flush()

def hear():
    while words := nats.readline().split():
        if words[0] == b"PING":
            nats.write(b"PONG\r\n")
        if words[0] in (b"MSG", b"HMSG"):
            data = nats.read(int(words[-1]) + 2)
            head = int(words[-2]) if words[0] == b"HMSG" else 0
            return words[1].decode(), data[:head].decode(), data[head:-2]

nats.write(f'CONNECT {{"headers": true, "verbose": false}}\r\nSUB {inbox} 1\r\n'.encode())
config = {"durable_name": "workers", "filter_subject": "frames.>", "ack_policy": "none", "deliver_policy": "new", "max_deliver": 1, "mem_storage": True}
ask("$JS.API.CONSUMER.DURABLE.CREATE.FRAMES.workers", {"stream_name": "FRAMES", "config": config})
hear()
while True:
    ask("$JS.API.CONSUMER.MSG.NEXT.FRAMES.workers", {"batch": 16, "no_wait": True})
    batch = {}
    for _ in range(16):
        subject, headers, jpeg = hear()
        if not subject.startswith("frames."):
            break
        batch[subject] = jpeg, headers
    for subject, (jpeg, headers) in batch.items():
        print(subject, headers.split("Frame-Number: ")[1].split()[0], len(jpeg), flush=True)
    if len(batch) < 16:
        time.sleep(0.05)
