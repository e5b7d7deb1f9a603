using System.Globalization;
using Engagement.EndToEnd.Tests.Running;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

/// <summary>Real orders of a marketplace, where they lie beside the repository; they are not part of it.</summary>
[Trait("Category", "Long")]
public sealed class RealOrdersTests : OwnEngagementTest
{
    private readonly string? realFile = Repository.Shared("data", "olist-orders.csv");

    public override async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(realFile is not null, "shared/data/olist-orders.csv is not beside the repository.");
        await base.InitializeAsync();
    }

    [Fact]
    public async Task Each_paid_order_is_thanked_for_once_and_a_second_replay_adds_nothing()
    {
        var orders = RealOrder.Read(realFile!);
        var paid = orders.Where(order => order is { PaidAt: not null, IsCancelled: false }).Select(order => MailFolder.NameOf(order.Id)).ToArray();

        var first = await ReplayRun.OrdersAsync(Engagement, realFile!);
        await Engagement.DrainedAsync(Patience);

        first.ExitCode.ShouldBe(0, first.Output);
        var mails = Engagement.Mails.About("");
        Thanks(mails).Except(orders.Where(order => order.IsCancelled).Select(order => MailFolder.NameOf(order.Id))).ShouldBe(paid, ignoreOrder: true);
        mails.ShouldBeUnique();

        var second = await ReplayRun.OrdersAsync(Engagement, realFile!);
        await Engagement.DrainedAsync(Patience);

        second.Reported("repeats").ShouldBe(second.Reported("accepted"));
        Thanks(Engagement.Mails.About("")).ShouldBe(Thanks(mails));
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(first.Output);

        static string[] Thanks(IEnumerable<string> mails) => [.. mails.Where(mail => mail.StartsWith("thank-you.", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Each_order_leads_to_the_messages_and_tasks_that_it_should_and_to_no_others_as_the_clock_follows()
    {
        var orders = RealOrder.Read(realFile!);

        var replay = await ReplayRun.OrdersAsync(Engagement, realFile!, "--follow-clock");
        replay.ExitCode.ShouldBe(0, replay.Output);
        await Engagement.Shop.AdvanceClockAsync(TimeSpan.FromDays(90));   // what is still to come of the last ones
        await Engagement.DrainedAsync(Patience);

        var sent = await Engagement.Database.RowsAsync(
            "select data ->> 'Kind', data -> 'Occasion' ->> 'Subject' from messaging.mt_doc_message where data ->> 'State' = 'Sent'",
            row => $"{row.GetString(0)} {row.GetString(1)}");
        var expected = orders.SelectMany(order => order.Messages.Select(kind => $"{kind} order/{order.Id}")).ToArray();
        expected.Except(sent).ShouldBeEmpty("missing");
        sent.Except(expected).ShouldBeEmpty("too many");
        sent.ShouldBeUnique();

        var tasks = await Engagement.Database.RowsAsync(
            "select data ->> 'Kind', data ->> 'Subject' from support.mt_doc_stafftask", row => $"{row.GetString(0)} {row.GetString(1)}");
        tasks.ShouldBe(orders.Where(order => order.StaysLate).Select(order => $"OrderLate order/{order.Id}"), ignoreOrder: true);
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{replay.Output}\n{string.Join(", ", sent.CountBy(message => message.Split(' ')[0]))}, {tasks.Count} calls");
    }
}

/// <summary>A row of the file, and what should follow from it: said by the row alone.</summary>
internal sealed record RealOrder(
    string Id, bool IsCancelled, DateTimeOffset PlacedAt, DateTimeOffset? PaidAt, DateTimeOffset? ShippedAt, DateTimeOffset? DeliveredAt, DateOnly PromisedOn)
{
    private static readonly TimeZoneInfo Rome = TimeZoneInfo.FindSystemTimeZoneById("Europe/Rome");

    /// <summary>The file has no time for it: an hour after the last thing it knows.</summary>
    private DateTimeOffset CancelledAt => IsCancelled ? new[] { PlacedAt, PaidAt, ShippedAt, DeliveredAt }.Max()!.Value.AddHours(1) : DateTimeOffset.MaxValue;

    private DateTimeOffset Arrived => DeliveredAt ?? DateTimeOffset.MaxValue;

    /// <summary>Midnight in Rome.</summary>
    private DateTimeOffset EndOfPromise => InRome(PromisedOn.AddDays(1), 0);

    /// <summary>Somebody waits for it, and the promised day ends without it.</summary>
    private bool IsLate => (PaidAt ?? ShippedAt) is not null && Arrived >= EndOfPromise && CancelledAt >= EndOfPromise;

    public bool StaysLate => IsLate && Arrived >= EndOfPromise.AddDays(3) && CancelledAt >= EndOfPromise.AddDays(3);

    /// <summary>14 days after shipping, unless it arrives before: then 3 days after that; at ten, to a few hours.</summary>
    private bool IsAskedAbout
    {
        get
        {
            if (ShippedAt is { } shipped && At(shipped, 14) is var late && Arrived > late) return CancelledAt > late;
            return DeliveredAt is { } delivered && CancelledAt > At(delivered, 3);

            static DateTimeOffset At(DateTimeOffset since, int days) => InRome(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(since, Rome).DateTime).AddDays(days), 10);
        }
    }

    public IEnumerable<string> Messages => new[]
    {
        (PaidAt is not null, "ThankYou"), (ShippedAt is not null && ShippedAt <= Arrived, "Shipped"), (DeliveredAt is not null, "Delivered"),
        (IsLate, "Delayed"), (IsAskedAbout, "CheckIn"), (IsCancelled, "OrderCancelled"),
    }.Where(message => message.Item1).Select(message => message.Item2);

    public static RealOrder[] Read(string file) =>
    [
        .. File.ReadLines(file).Skip(1).Select(line => line.Split(',')).Select(fields => new RealOrder(
            fields[0], fields[2] == "canceled", Time(fields[3])!.Value, Time(fields[4]), Time(fields[5]), Time(fields[6]),
            DateOnly.FromDateTime(Time(fields[7])!.Value.UtcDateTime))),
    ];

    private static DateTimeOffset InRome(DateOnly day, int hour)
    {
        var local = day.ToDateTime(new TimeOnly(hour, 0));
        return new DateTimeOffset(local, Rome.GetUtcOffset(local));
    }

    private static DateTimeOffset? Time(string text) => text.Length == 0 ? null
        : new DateTimeOffset(DateTime.ParseExact(text, "M/d/yyyy H:mm", CultureInfo.InvariantCulture), TimeSpan.Zero);
}
