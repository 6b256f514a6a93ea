/** Facts that the build writes into a packaged program. */
export interface Build {
  /** 12 hex digits, and `+` where files differed from that commit; undefined outside of Git. */
  readonly commit: string | undefined;
  /** Versions of the libraries in the addon beside it. */
  readonly openCv: string;
  readonly ffmpeg: string;
  /** The seal of that addon: 12 hex digits. */
  readonly addon: string;
}

declare const __build: Build | undefined;

/** Undefined for a program that runs from source. */
export const ownBuild: Build | undefined = typeof __build === 'undefined' ? undefined : __build;
