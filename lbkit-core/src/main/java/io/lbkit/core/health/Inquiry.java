package io.lbkit.core.health;

/** One question to one backend, from when it is asked until nothing of it is left. Its methods are for the control loop. */
interface Inquiry {

    /** Who wants to know. Called on the control loop. */
    interface Report {

        /** There is an outcome; called once, unless the inquiry is abandoned before. */
        void onOutcome(Outcome outcome);

        /** Nothing of it is left: no descriptor, no thread. Called once, last. */
        void onGone();
    }

    void begin();

    /** Nobody wants to know any more. */
    void abandon();
}
