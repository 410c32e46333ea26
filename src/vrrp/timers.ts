export { createDeadline, type Deadline } from "../core/deadline.ts";
