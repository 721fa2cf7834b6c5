package io.lbkit.core.close;

import io.lbkit.core.sim.SimulatedNetwork;
import io.lbkit.core.traffic.SocketNetwork;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Where stories are told. */
final class Stages {

    /** Of the stories that are told both ways, only those whose place is called so; else all. */
    private static final String ONLY = System.getProperty("lbkit.stages", "");

    private Stages() {}

    private static Arguments of(String name, Supplier<Network> networks, boolean clientFirst) {
        Stage stage = new Stage(name, networks);
        return clientFirst
                ? Arguments.of(stage, stage.client(), stage.server())
                : Arguments.of(stage, stage.server(), stage.client());
    }

    static final class BothWays implements ArgumentsProvider {
        @Override
        public Stream<Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
            return Stream.of(
                            of("simulated, a is the client", SimulatedNetwork::new, true),
                            of("simulated, a is the backend", SimulatedNetwork::new, false),
                            of("sockets, a is the client", SocketNetwork::new, true),
                            of("sockets, a is the backend", SocketNetwork::new, false))
                    .filter(arguments -> String.valueOf(arguments.get()[0]).contains(ONLY));
        }
    }

    static final class OneWay implements ArgumentsProvider {
        @Override
        public Stream<Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
            return Stream.of(of("simulated", SimulatedNetwork::new, true), of("sockets", SocketNetwork::new, true));
        }
    }

    static final class Simulated implements ArgumentsProvider {
        @Override
        public Stream<Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
            return Stream.of(of("simulated", SimulatedNetwork::new, true));
        }
    }
}
