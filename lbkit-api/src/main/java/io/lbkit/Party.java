package io.lbkit;

/** Whose doing the end of a session was. */
public enum Party {
    /** Client and backend both ended their stream: the ordinary end. */
    BOTH,
    /** The client. */
    CLIENT,
    /** The backend, or the network between. */
    BACKEND,
    /** This proxy, by a limit, a timeout or an operator's wish. */
    PROXY
}
