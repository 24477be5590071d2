/** The page where users land once they are signed in, and its heading. */
export const HOME = "/transfer";
export const HOME_HEADING = "Send money";
