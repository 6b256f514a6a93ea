/** Every error code, with its meaning. A test holds the table in protocol/errors.md to this one. */
export const errorCodes = {
  BAD_LENGTH: 'the length field of a frame is not a decimal number above zero',
  FRAME_TOO_LONG: 'a frame is over --max-frame, or over max_payload of the NATS server or max_msg_size of its stream',
  BAD_BASE64: 'the body of a frame is not base64',
  NOT_JPEG: 'a picture is not a JPEG',
  PICTURE_TOO_LARGE: 'the size in a JPEG is over --max-size',
  BAD_TIME: 'the time field of a frame is not a UTC time',
  BAD_MESSAGE: 'a message of wire 2 breaks its specification or comes out of place, or a message of NATS is no frame',
  BAD_REQUEST: 'an HTTP request breaks HTTP/1.1, holds no picture, or its head is over a limit',
  TORN_FRAME: 'a connection or a stream ended within a frame, or a JPEG is torn',
  NO_FRAME: 'no frame header came over a connection within --header-timeout',
  IDLE: 'no whole message and less than 1 KiB came over a connection within --idle-timeout, or a camera sent nothing to NATS',
  TOO_MANY_SENDERS:
    '--max-senders connections were open, or --max-per-address from one address; or an address brought too many new names; or more than 20,000 cameras come from NATS',
  BAD_TOKEN: 'the token of a sender is not that of --token-file',
  TOKEN_MISSING: 'a sender gave no token, or its wire carries none, and the receiver has --token-file',
  TOO_MANY_GUESSES: 'too many wrong tokens or codes came from the address of a sender, and it has to wait',
  BAD_CODE: 'the code of an invitation is wrong, used or too old, or a proxy ends the TLS of a sender that joins',
  NAME_JOINED: 'a sender has the name of a camera that joined, and not its token',
  NOT_JOINED: 'a camera was forgotten, or its token came without TLS or from another machine',
  NOT_ACCEPTED: 'a sender uses a protocol that --accept does not name, or sends for a web page',
  NOT_READING: 'a sender does not read the answers of the receiver',
  TLS_FAILED: 'a client and a receiver with --tls could not agree on TLS',
  TLS_UNUSABLE: 'a TLS certificate or key could not be made, read or used',
  CONNECT_FAILED:
    'the receiver or the NATS server could not be reached, --retries times in a row; or a camera went silent while that server was away',
  SEVERAL_FOUND: 'there are several receivers in the network, and the sender has no --host',
  REJECTED:
    'the receiver or the NATS server rejected the connection, or the NATS server rejected every frame, --retries times in a row; or the receiver rejected a frame',
  UNTRUSTED:
    'the certificate of the receiver or the NATS server is not the one that --tls-pin, --tls-ca, --tls or --nats-ca ask for',
  STREAM_UNUSABLE: 'the NATS server has no JetStream, or no stream that accepts the frames',
  PUBLISH_FAILED: 'the NATS server did not accept a frame, or accepted none, --retries times in a row',
  SEND_FAILED: 'the connection to the receiver broke, or the receiver read nothing within --send-timeout',
  NOT_DELIVERED: 'the receiver has not shown that it accepted the last frames, or a connection without answers broke',
  LISTEN_FAILED: 'the receiver could not listen on --host and --port',
  SOURCE_FAILED: 'the camera or the file could not be opened or gave no picture',
  DETECTOR_FAILED: 'a program of --detect ended, did not answer in time, or printed a line that is no answer',
  OUTPUT_FAILED: 'a folder or standard output could not be written to',
  WINDOW_FAILED: 'no window could be opened',
  ADDON_MISSING: 'opencv4nodejs.node is not where it is looked for',
  ADDON_UNUSABLE: 'opencv4nodejs.node is made for another machine or another program',
  OPENCV_FAILED: 'an operation of OpenCV failed',
  BAD_OPTION: 'an option, its value or the configuration file is wrong',
  FAULT: 'a fault of the program itself; please report it',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An expected failure: `code` is stable and for programs, `message` is one line and for people. */
export class CodedError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** The message, and behind it the code, to search a log for. */
export function formatError(error: CodedError): string {
  return `${error.message} [${error.code}]`;
}
