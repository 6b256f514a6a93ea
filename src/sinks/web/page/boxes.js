// Boxes and labels of a detector, on the picture that they belong to.

/** Pixels of a picture that is so wide on the screen. */
const usualWidth = 480;
const color = '#00e5ff';
const textColor = '#00222b';

/** The detections in words, the most confident first. */
export function describeDetections(detections) {
  if (detections.length === 0) return 'nothing';
  return detections.map(({ label, confidence }) => `${label} ${Math.round(confidence * 100)} %`).join(', ');
}

/**
 * Draws boxes onto the picture of a canvas.
 * @param detections `{ label, confidence, box: [x1, y1, x2, y2] }`, in pixels of the picture
 */
export function drawBoxes(canvas, detections) {
  const context = canvas.getContext('2d', { alpha: false });
  const scale = Math.max(1, canvas.width / usualWidth);
  context.lineWidth = 2 * scale;
  context.font = `${13 * scale}px system-ui, sans-serif`;
  context.textBaseline = 'bottom';
  // The most confident is drawn last, above the others.
  for (const { label, confidence, box, track } of detections.toReversed()) {
    const [x1, y1, x2, y2] = box;
    context.strokeStyle = color;
    context.strokeRect(x1, y1, x2 - x1, y2 - y1);
    const number = track === undefined ? '' : ` #${track}`;
    const text = `${label}${number} ${Math.round(confidence * 100)} %`;
    const height = 16 * scale;
    const bottom = Math.max(y1, height);
    context.fillStyle = color;
    context.fillRect(x1, bottom - height, context.measureText(text).width + 6 * scale, height);
    context.fillStyle = textColor;
    context.fillText(text, x1 + 3 * scale, bottom - scale);
  }
}
