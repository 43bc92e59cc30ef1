// Times as a student in India reads them. The quota's day is an IST day, wherever the phone thinks it is.

const IST = "Asia/Kolkata";
const TIME = new Intl.DateTimeFormat("en-IN", { timeZone: IST, hour: "numeric", minute: "2-digit", hour12: true });
const DAY = new Intl.DateTimeFormat("en-IN", { timeZone: IST, weekday: "long", day: "numeric", month: "long" });
const DATE = new Intl.DateTimeFormat("en-IN", { timeZone: IST, day: "numeric", month: "long", year: "numeric" });

/** "12:00 am IST" */
export function timeInIndia(moment) {
  return `${TIME.format(moment)} IST`;
}

/** "12:00 am IST on Tuesday, 6 May" */
export function dayAndTimeInIndia(moment) {
  return `${timeInIndia(moment)} on ${DAY.format(moment)}`;
}

/** "6 May 2025" for a date or a timestamp of the API; null for anything else. */
export function dateInIndia(text) {
  // A bare date is a day in India; as UTC midnight it would still be the same day there.
  const moment = new Date(text ?? Number.NaN);
  return Number.isNaN(moment.getTime()) ? null : DATE.format(moment);
}
