/** The built-in ways of choosing a backend; {@link io.lbkit.selector.Selectors} names them all. */
package io.lbkit.selector;
