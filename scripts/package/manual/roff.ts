// The macros of man(7).

/** Text within a paragraph. `code` becomes bold, as on the pages. */
export function formatText(text: string): string {
  return text.replaceAll(/`([^`]*)`|([^`]+)/g, (_, code: string | undefined, rest: string | undefined) => {
    return code === undefined ? protect(rest ?? '') : bold(code);
  });
}

export function bold(text: string): string {
  return `\\fB${protect(text)}\\fR`;
}

/** A heading. */
export function section(title: string): string {
  return `.SH ${quote(title.toUpperCase())}`;
}

export function subsection(title: string): string {
  return `.SS ${quote(title)}`;
}

/** A term, and an indented paragraph about it. @param term as roff has it */
export function item(term: string, text: string): string[] {
  return ['.TP', term, guard(formatText(text))];
}

/** @param text as roff has it */
export function paragraph(text: string): string[] {
  return ['.PP', guard(text)];
}

/** Lines as they are, indented. */
export function example(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => guard(protect(line))), '.fi', '.RE'];
}

/** A minus that a user can copy, and no other meaning of a backslash. */
function protect(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line that begins with a dot or a quote would be a macro. */
function guard(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** An argument of a macro. */
export function quote(text: string): string {
  return `"${protect(text).replaceAll('"', '""')}"`;
}
