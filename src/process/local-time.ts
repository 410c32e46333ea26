const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

const two = (n: number): string => String(n).padStart(2, "0");

/** "Nov  3", local time: the day of the month is padded with a blank. */
export const monthAndDay = (at: Date): string => `${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2, " ")}`;

/** "Tue Nov  3" */
export const weekdayAndDate = (at: Date): string => `${DAYS[at.getDay()]} ${monthAndDay(at)}`;

/** "09:05:07" */
export const clockTime = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
