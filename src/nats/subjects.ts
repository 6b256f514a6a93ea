/** The subjects of all frames; one subject for each camera. */
export const allFrames = 'frames.>';
/** The subjects of all events; one subject for each camera. */
export const allEvents = 'events.>';

/** The subject of a camera's frames. A dot in its key is one in the subject: `north.gate` belongs to `frames.north.>`. */
export function framesOf(camera: string): string {
  return `frames.${toTokens(camera)}`;
}

/** The subject of what happens to a camera. */
export function eventsOf(camera: string): string {
  return `events.${toTokens(camera)}`;
}

/** The subject on which a publisher answers questions about its clock. */
export function clockOf(publisher: string): string {
  return `clocks.${publisher}`;
}

/** The camera's key in a subject of frames or of events. */
export function cameraOf(subject: string): string {
  return subject.slice(subject.indexOf('.') + 1);
}

/** NATS knows no empty tokens. */
function toTokens(key: string): string {
  return key.replaceAll(/\.{2,}/g, '.').replaceAll(/^\.|\.$/g, '');
}

/** Whether a subject, which may have wildcards, takes another that has none. */
export function takes(pattern: string, subject: string): boolean {
  const given = subject.split('.');
  const wanted = pattern.split('.');
  for (const [i, token] of wanted.entries()) {
    if (i >= given.length) return false;
    if (token === '>') return true;
    if (token !== '*' && token !== given[i]) return false;
  }
  return wanted.length === given.length;
}
