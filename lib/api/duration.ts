/** A GEP-2257 duration, such as `1h30m` or `250ms`. */
export type Duration = string;
