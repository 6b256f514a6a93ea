/** Every error code, with what it means. A test holds the table in errors.md to it. */
export const errorCodes = {
  BAD_LENGTH: 'the length field of a frame is not a decimal number above zero',
  FRAME_TOO_LONG:
    'a frame is over --max-frame, or over the max_payload of the NATS server or the max_msg_size of its stream',
  BAD_BASE64: 'the body of a frame is not base64',
  NOT_JPEG: 'what came in the place of a picture is not a JPEG',
  PICTURE_TOO_LARGE: 'a JPEG says a size over --max-size',
  BAD_TIME: 'the time field of a frame is not a UTC time',
  BAD_MESSAGE: 'a message of wire 2 is not as its specification says, or out of place; or one of NATS is no frame',
  BAD_REQUEST: 'an HTTP request is not as HTTP/1.1 says, is none of pictures, or its head is over a limit',
  TORN_FRAME: 'a connection or a stream ended within a frame, or a JPEG is torn',
  NO_FRAME: 'a connection sent no frame header within --header-timeout',
  IDLE: 'a connection sent no whole message and less than 1 KiB within --idle-timeout, or a camera nothing to NATS',
  TOO_MANY_SENDERS:
    'a connection came while --max-senders were open, or --max-per-address from its address; an address brought more new names than it may; or more than 20,000 cameras come from NATS',
  BAD_TOKEN: 'a sender gave another token than that of --token-file',
  TOKEN_MISSING: 'a sender gave no token, or came over a wire that carries none, and --token-file asks for one',
  TOO_MANY_GUESSES: 'a sender came from an address that too many wrong tokens came from, and has to wait',
  NOT_ACCEPTED: 'a sender came in a way that --accept does not name, or for a web page',
  NOT_READING: 'a sender does not read what the receiver answers',
  TLS_FAILED: 'a connection to a receiver with --tls did not agree on TLS',
  TLS_UNUSABLE: 'a TLS certificate or key could not be made, read or used',
  CONNECT_FAILED:
    'the receiver or the NATS server could not be reached, --retries times in a row; or a camera went silent with that server away',
  REFUSED:
    'the receiver or the NATS server refused the connection, or the NATS server every frame, and said why, --retries times in a row; or the receiver left a frame behind, and said why',
  UNTRUSTED:
    'the receiver or the NATS server has not the certificate that --tls-pin, --tls-ca, --tls or --nats-ca ask for',
  STREAM_UNUSABLE: 'the NATS server has no JetStream, or no stream that takes the frames',
  PUBLISH_FAILED: 'the NATS server did not take a frame; or none, --retries times in a row',
  SEND_FAILED: 'the connection to the receiver broke, or took nothing within --send-timeout',
  NOT_DELIVERED:
    'the receiver has not shown that it took the last frames, or a connection broke that nobody answers over',
  LISTEN_FAILED: 'the receiver could not listen on --host and --port',
  SOURCE_FAILED: 'the camera or the file could not be opened or gave no picture',
  OUTPUT_FAILED: 'a folder or standard output could not be written to',
  WINDOW_FAILED: 'no window could be opened',
  ADDON_MISSING: 'opencv4nodejs.node is not where it is looked for',
  ADDON_UNUSABLE: 'opencv4nodejs.node is there but made for another machine or program',
  OPENCV_FAILED: 'OpenCV refused an operation',
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

/** The message, and the code for whoever greps a log. */
export function formatError(error: CodedError): string {
  return `${error.message} [${error.code}]`;
}

/** The other end sent bytes that are no valid stream. Costs that connection, nothing else. */
export class ProtocolError extends CodedError {
  constructor(code: ErrorCode, message: string) {
    super(code, message);
    this.name = 'ProtocolError';
  }
}
