using System.Diagnostics;
using Engagement.Bus;
using Engagement.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Engagement.Engine.Tests.Bus;

public sealed class HeldTests(PostgresFixture postgres)
{
    [Fact]
    public async Task What_handlers_say_is_told_once_after_the_commit_and_never_for_what_was_undone()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        var tenant = $"t{Guid.NewGuid():N}";
        var log = shop.Services.GetRequiredService<ILoggerFactory>().CreateLogger("test");
        var (ran, told, traces) = (0, 0, new List<string?>());
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Engagement.Bus",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (!Equals(span.GetTagItem("engagement.tenant"), tenant)) return;
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        shop.Behaviours["speak"] = (message, _, _, envelope) =>
        {
            Interlocked.Increment(ref ran);
            log.LogInformation("handled {No}", message.No);
            Held.Run(() => Interlocked.Increment(ref told));
            Held.Run(() => traces.Add(Activity.Current?.Id));
            return message.No == 7 ? throw new InvalidOperationException("poison") : Task.FromResult<object?>(null);
        };

        await shop.PublishTogether(tenant, Enumerable.Range(0, 20).Select(i => new Act("speak", i, "g")));
        await shop.Drain();
        await Shop.Until(() => Task.FromResult(told == 19));

        ran.ShouldBeGreaterThan(20);   // the batch ran twice
        shop.Log.Where(line => line.StartsWith("Information: handled", StringComparison.Ordinal)).Order()
            .ShouldBe(Enumerable.Range(0, 20).Where(i => i != 7).Select(i => $"Information: handled {i}").Order());
        shop.Log.Count(line => line.StartsWith("Warning: Engagement.Engine.Tests.Act failed at attempt", StringComparison.Ordinal)).ShouldBe(2);
        await Shop.Until(() => Task.FromResult(spans.Count(s => s.Recorded) == 19));
        spans.ShouldAllBe(s => s.DisplayName == "process Act" && s.Kind == ActivityKind.Consumer);
    }

    [Fact]
    public async Task One_flow_is_one_trace_and_a_timer_links_to_the_one_that_set_it()
    {
        var clock = new TestClock();
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync(), clock);
        var tenant = $"t{Guid.NewGuid():N}";
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Engagement.Bus" or "test",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (!Equals(span.GetTagItem("engagement.tenant"), tenant)) return;
                lock (spans) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        shop.Behaviours["first"] = (_, _, _, _) => Task.FromResult<object?>(new object[] { new Leave("now", 1), new Leave("later", 2).DelayedFor(TimeSpan.FromHours(1)) });

        using var source = new ActivitySource("test");
        using (var request = source.StartActivity("request")!)
        {
            await shop.PublishAs(tenant, new Act("first"));
            await Shop.Until(() => Task.FromResult(spans.Count == 2));
            clock.Advance(TimeSpan.FromHours(1));
            await Shop.Until(() => Task.FromResult(spans.Count == 3));

            spans.Take(2).ShouldAllBe(s => s.TraceId == request.TraceId);
            spans[1].ParentSpanId.ShouldBe(spans[0].SpanId);
            spans[2].TraceId.ShouldNotBe(request.TraceId);
            spans[2].Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(spans[0].SpanId);
        }
    }

    [Fact]
    public void Outside_a_handler_everything_happens_at_once()
    {
        var told = 0;
        Held.Run(() => told++);
        told.ShouldBe(1);
    }

    [Fact]
    public async Task What_outlives_its_handler_speaks_for_itself()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        var log = shop.Services.GetRequiredService<ILoggerFactory>().CreateLogger("test");
        var (goOn, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shop.Behaviours["start"] = (_, _, _, _) =>
        {
            Held.Run(() => told.TrySetResult());
            _ = Task.Run(async () =>   // as a singleton does that a handler asks for first
            {
                await goOn.Task;
                log.LogInformation("in the background");
                ended.SetResult();
            });
            return Task.FromResult<object?>(null);
        };

        await shop.Publish(new Act("start"));
        await told.Task;
        goOn.SetResult();
        await ended.Task;

        shop.Log.ShouldContain("Information: in the background");
    }

    [Fact]
    public async Task What_is_told_and_fails_does_not_undo_what_is_committed()
    {
        await using var shop = await Shop.Open(await postgres.CreateDatabaseAsync());
        shop.Behaviours["tell"] = (_, session, _, _) =>
        {
            session.Leave("tell", 1);
            Held.Run(() => throw new InvalidOperationException("nobody listens"));
            return Task.FromResult<object?>(new Leave("next", 2));
        };

        await shop.Publish(new Act("tell"));
        await shop.Invoke(new Act("tell"));
        await Shop.Until(async () => await shop.Scalar<long>("select count(*) from effects") == 4);
        await shop.Drain();

        (await shop.Scalar<long>("select count(*) from effects")).ShouldBe(4);
        await Shop.Until(() => Task.FromResult(shop.Log.Count(line => line == "Error: What a handler said could not be told after its commit.") == 2));
    }
}
