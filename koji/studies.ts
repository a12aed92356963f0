import type { Koji } from './api.ts';
import type { Interview } from './interview.ts';
import { latestWanted } from './list.ts';

/** A study as its interviews show it: no page of Koji's documents a list of studies. */
export type Study = {
  id: string;
  /** As its latest interview has it. */
  name: string | null;
  /** How many of the interviews that were read are its own. */
  interviews: number;
  /** When the latest of these was finished, else began; ISO 8601. */
  last: string | null;
};

/** How many interviews are looked through for studies. */
const LOOKED_THROUGH = 250;

/** The studies of some interviews, in the order of these. */
export const studiesAmong = (interviews: Interview[]): Study[] => {
  const studies = new Map<string, Study>();
  for (const { study_id: id, study_name, completed_at, started_at } of interviews) {
    if (id === null) continue;
    const known = studies.get(id) ?? { id, name: null, interviews: 0, last: null };
    studies.set(id, {
      id,
      name: known.name ?? study_name,
      interviews: known.interviews + 1,
      last: known.last ?? completed_at ?? started_at,
    });
  }
  return [...studies.values()];
};

/**
 * The studies among the latest analyzed interviews, and how many interviews these were; null where Koji has no list.
 * Throws a `VendorFailure`.
 */
export const latestStudies = async (koji: Koji): Promise<{ studies: Study[]; among: number } | null> => {
  const interviews = await latestWanted(koji, () => true, LOOKED_THROUGH);
  return interviews === null ? null : { studies: studiesAmong(interviews), among: interviews.length };
};
