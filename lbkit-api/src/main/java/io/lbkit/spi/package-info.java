/** Between the API and its engine; of no use to a host. */
package io.lbkit.spi;
