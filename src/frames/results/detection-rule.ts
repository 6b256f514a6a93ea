import type { Detection } from '../../protocol/results/detection.ts';

/** Any of these, each with a label and a confidence that it must exceed. */
export type DetectionRule = readonly { readonly label: string; readonly above: number }[];

const part = /^([^<>=,]+?)(?:>(0(?:\.\d+)?|\.\d+))?$/;

/**
 * Reads a rule such as `person>0.6,car`: a label alone is enough with any confidence.
 * @returns undefined where it is none
 */
export function parseDetectionRule(text: string): DetectionRule | undefined {
  const rule = text.split(',').map((one) => {
    const [, label = '', above] = part.exec(one.trim()) ?? [];
    return { label: label.trim(), above: above === undefined ? -1 : Number(above) };
  });
  return rule.every(({ label }) => label !== '') ? rule : undefined;
}

/** The detections that the rule is about. @param rule undefined: all */
export function applyRule(detections: readonly Detection[], rule: DetectionRule | undefined): readonly Detection[] {
  if (rule === undefined) return detections;
  return detections.filter((one) => rule.some(({ label, above }) => label === one.label && one.confidence > above));
}
