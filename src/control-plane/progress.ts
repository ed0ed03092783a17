/** Told one sentence at each step of something slow, for a person to read; where it goes is the caller's choice. */
export type Progress = (sentence: string) => void
