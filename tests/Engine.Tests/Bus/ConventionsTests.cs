using System.Reflection;
using Engagement.Bus;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Engagement.Engine.Tests.Bus;

public sealed class ConventionsTests(PostgresFixture postgres)
{
    public sealed record Ping(int No);

    public sealed record Pong(int No);

    [Theory]
    [InlineData(typeof(NothingHandler), "Handle() must take its message first.")]
    [InlineData(typeof(ServiceFirstHandler), "Handle(TimeProvider clock, Ping message) must take its message first, not TimeProvider.")]
    [InlineData(typeof(SessionFirstHandler), "Handle(IDocumentSession session) must take its message first, not IDocumentSession.")]
    [InlineData(typeof(TextHandler), "Handle(String message) must take its message first, not String.")]
    [InlineData(typeof(GenericHandler), "Handle(T message) must not be generic.")]
    [InlineData(typeof(AbstractHandler), "Handle(TimeoutMessage message) must take a type that can be sent: TimeoutMessage is abstract.")]
    [InlineData(typeof(VoidHandler), "Handle(Ping message) must return a Task, so that its end can be awaited.")]
    [InlineData(typeof(UnregisteredHandler), "Handle(Ping message, Uri where) asks for Uri 'where', which is not registered as a service.")]
    [InlineData(typeof(OddTaskConsumer), "ConsumeAsync(Ping message) returns Awaitable, which can't be awaited.")]
    [InlineData(typeof(ConstructedHandler), "Handle(Ping message) needs a ConstructedHandler, whose constructor asks for Uri 'where', which is not registered as a service.")]
    public void A_malformed_handler_ends_the_start_and_is_named(Type handler, string problem) =>
        Should.Throw<InvalidHandlerException>(() => HandlerGraph.Find([handler], Services)).Message.ShouldBe($"{handler.FullName}.{problem}");

    [Fact]
    public void Two_handlers_of_a_message_end_the_start() =>
        Should.Throw<InvalidHandlerException>(() => HandlerGraph.Find([typeof(FirstHandler), typeof(SecondConsumer)], Services)).Message
            .ShouldBe("Ping has two handlers, FirstHandler.Handle and SecondConsumer.Consume: let one handle it and cascade a message for the other.");

    [Fact]
    public void Other_types_and_methods_are_left_alone() =>
        HandlerGraph.Find([typeof(Helper), typeof(OpenHandler<>), typeof(BaseHandler)], Services).Chains.ShouldBeEmpty();

    [Fact]
    public async Task A_host_with_a_bad_queue_name_does_not_start() =>
        (await Should.ThrowAsync<ArgumentException>(async () => await Shop.Open(await postgres.CreateDatabaseAsync(), configure: o => o.ListenToPostgresqlQueue("Ping-Pong")))).Message
            .ShouldStartWith("'Ping-Pong' can't name a queue: take lower-case letters, digits and underscores");

    [Theory]
    [InlineData(nameof(Shapes.Nothing), "")]
    [InlineData(nameof(Shapes.Null), "")]
    [InlineData(nameof(Shapes.One), "1")]
    [InlineData(nameof(Shapes.Tuple), "1 2")]
    [InlineData(nameof(Shapes.TupleWithNull), "2")]
    [InlineData(nameof(Shapes.Nested), "1 2 3 4")]
    [InlineData(nameof(Shapes.Array), "1 2")]
    [InlineData(nameof(Shapes.Outgoing), "1 2")]
    [InlineData(nameof(Shapes.Sequence), "1 2")]
    [InlineData(nameof(Shapes.JustTask), "")]
    [InlineData(nameof(Shapes.TaskOfOne), "1")]
    [InlineData(nameof(Shapes.TaskOfTuple), "1 2")]
    [InlineData(nameof(Shapes.JustValueTask), "")]
    [InlineData(nameof(Shapes.ValueTaskOfArray), "1 2")]
    public async Task Every_shape_of_return_value_cascades(string shape, string messages)
    {
        var method = typeof(Shapes).GetMethod(shape, BindingFlags.Static | BindingFlags.Public)!;
        var chain = new HandlerCompiler(Services).Compile(method);

        var returned = await chain.Call(new Ping(1), new HandlerSurroundings(Services.BuildServiceProvider(), null!, null!, new Envelope(), default));

        string.Join(' ', HandlerResult.Messages(returned).Cast<Pong>().Select(p => p.No)).ShouldBe(messages);
        chain.NeedsScope.ShouldBeFalse();
    }

    [Fact]
    public async Task Instances_and_their_services_are_made_per_message()
    {
        var services = Services;
        services.AddScoped<Counter>();
        var chain = HandlerGraph.Find([typeof(CountingHandler)], services).For(typeof(Ping))!;
        chain.NeedsScope.ShouldBeTrue();
        await using var provider = services.BuildServiceProvider();

        for (var i = 0; i < 2; i++)
        {
            await using var scope = provider.CreateAsyncScope();
            (await chain.Call(new Ping(i), new HandlerSurroundings(scope.ServiceProvider, null!, null!, new Envelope(), default))).ShouldBe(new Pong(1));
        }
    }

    [Fact]
    public void InvokeAsync_takes_the_first_value_and_leaves_the_rest()
    {
        HandlerResult.Messages(HandlerResult.Split((new Ping(1), new Pong(2), new Pong(3)), typeof(Ping), out var answer)).ShouldBe([new Pong(2), new Pong(3)]);
        answer.ShouldBe(new Ping(1));
        HandlerResult.Split(null, typeof(Ping), out answer).ShouldBeNull();
        answer.ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => HandlerResult.Split(new Pong(1), typeof(Ping), out _)).Message
            .ShouldBe("The handler's first value is Pong, not the Ping that was asked for.");
    }

    private static ServiceCollection Services
    {
        get
        {
            var services = new ServiceCollection();
            services.AddSingleton(TimeProvider.System);
            return services;
        }
    }

    public static class Shapes
    {
        public static void Nothing(Ping _)
        {
        }

        public static Pong? Null(Ping _) => null;

        public static Pong One(Ping _) => new(1);

        public static (Pong, Pong) Tuple(Ping _) => (new(1), new(2));

        public static (Pong?, Pong) TupleWithNull(Ping _) => (null, new(2));

        public static (Pong, OutgoingMessages, object[]) Nested(Ping _) => (new(1), [new Pong(2)], [new Pong(3), (new Pong(4), (Pong?)null)]);

        public static Pong[] Array(Ping _) => [new(1), new(2)];

        public static OutgoingMessages Outgoing(Ping _) => [new Pong(1), new Pong(2)];

        public static IEnumerable<Pong> Sequence(Ping _)
        {
            yield return new Pong(1);
            yield return new Pong(2);
        }

        public static async Task JustTask(Ping _) => await Task.Yield();

        public static async Task<Pong> TaskOfOne(Ping _)
        {
            await Task.Yield();
            return new Pong(1);
        }

        public static Task<(Pong, Pong)> TaskOfTuple(Ping _) => Task.FromResult((new Pong(1), new Pong(2)));

        public static async ValueTask JustValueTask(Ping _) => await Task.Yield();

        public static ValueTask<Pong[]> ValueTaskOfArray(Ping _) => new([new Pong(1), new Pong(2)]);
    }

#pragma warning disable CA1822 // instance methods on purpose
    private sealed class CountingHandler(Counter counter)
    {
        public Pong Handle(Ping _) => new(++counter.Value);
    }

    private sealed class Counter
    {
        public int Value { get; set; }
    }

    private sealed class ConstructedHandler(Uri where)
    {
        public Uri Where { get; } = where;

        public void Handle(Ping message)
        {
        }
    }
#pragma warning restore CA1822

    private static class NothingHandler
    {
        public static void Handle()
        {
        }
    }

    private static class ServiceFirstHandler
    {
        public static void Handle(TimeProvider clock, Ping message)
        {
        }
    }

    private static class SessionFirstHandler
    {
        public static void Handle(IDocumentSession session)
        {
        }
    }

    private static class TextHandler
    {
        public static void Handle(string message)
        {
        }
    }

    private static class GenericHandler
    {
        public static void Handle<T>(T message)
        {
        }
    }

    private static class AbstractHandler
    {
        public static void Handle(TimeoutMessage message)
        {
        }
    }

    private static class VoidHandler
    {
        public static async void Handle(Ping message) => await Task.Yield();
    }

    private static class UnregisteredHandler
    {
        public static void Handle(Ping message, Uri where)
        {
        }
    }

    private static class OddTaskConsumer
    {
        public static Awaitable ConsumeAsync(Ping message) => new();
    }

    private sealed class Awaitable
    {
        public System.Runtime.CompilerServices.TaskAwaiter GetAwaiter() => Task.CompletedTask.GetAwaiter();
    }

    private static class FirstHandler
    {
        public static void Handle(Ping message)
        {
        }
    }

    private static class SecondConsumer
    {
        public static void Consume(Ping message)
        {
        }
    }

    private static class Helper
    {
        public static void Handle(string message)
        {
        }
    }

    private static class OpenHandler<T>
    {
        public static void Handle(T message)
        {
        }
    }

    private abstract class BaseHandler
    {
        public static void Handle(Ping message)
        {
        }

        public void NotAHandler(Ping message) => Handle(message);
    }
}
