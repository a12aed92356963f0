const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

/** A moment as dropdowns show it: "24 May 2026". */
export const dayOf = (iso: string): string => day.format(new Date(iso));
