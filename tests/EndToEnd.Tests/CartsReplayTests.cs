using System.Globalization;
using System.Text;
using Engagement.EndToEnd.Tests.Running;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

/// <summary>A made-up click stream of 100,000 rows, of whose every session it is known what must become of it.</summary>
[Trait("Category", "Long")]
public sealed class CartsReplayTests : OwnEngagementTest
{
    private const int Rows = 100_000;
    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task What_becomes_of_every_cart_is_what_its_clicks_say_and_a_second_replay_adds_nothing()
    {
        var (file, expected, told) = Write(Path.Combine(Engagement.WorkingFolder, "clicks.csv"));

        var first = await ReplayRun.CartsAsync(Engagement, file);
        await Engagement.DrainedAsync(Enough);

        first.ExitCode.ShouldBe(0, first.Output);
        first.Reported("accepted").ShouldBe(told);
        // What was told late waits a minute for the rest of its story.
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, TestContext.Current.CancellationToken);   // each look reads them all
                return await Engagement.Database.CountAsync("from carts.mt_doc_cart where data ->> 'State' = 'Open'") == 0;
            },
            "no cart is left to be looked at", TimeSpan.FromMinutes(3));
        await Engagement.DrainedAsync(Enough);
        (await Became()).Except(expected).ShouldBeEmpty();
        (await Became()).Count.ShouldBe(expected.Count);

        var second = await ReplayRun.CartsAsync(Engagement, file);
        await Engagement.DrainedAsync(Enough);
        second.Reported("repeats").ShouldBe(told);
        (await Became()).Except(expected).ShouldBeEmpty();
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(first.Output);
    }

    /// <summary>Each cart by its state, with the value that was left in it, and how often it was.</summary>
    private async Task<List<Outcome>> Became() => await Engagement.Database.RowsAsync(
        """
        select substr(c.id, 6), c.data ->> 'State', max((a.data -> 'Value' ->> 'Amount')::numeric), count(a.id)
        from carts.mt_doc_cart c left join carts.mt_doc_abandonedcart a on a.tenant_id = c.tenant_id and 'cart/' || (a.data ->> 'Cart') = c.id
        group by c.id, c.data ->> 'State'
        """,
        row => new Outcome(row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetDecimal(2), row.GetInt64(3)));

    /// <summary>Five kinds of sessions in turn, each with a customer of its own; the last ends three days before the end of the file.</summary>
    private static (string File, HashSet<Outcome> Carts, int Told) Write(string path)
    {
        var start = new DateTime(2019, 10, 1, 0, 0, 0, DateTimeKind.Utc);
        var csv = new StringBuilder("event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n", Rows * 80);
        var carts = new HashSet<Outcome>();
        var (rows, told, session) = (0, 0, 0);
        void Click(int second, string type, int product, int user, string cart)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{start.AddSeconds(second):yyyy-MM-dd HH:mm:ss} UTC,{type},{product},1,appliances.kitchen,acme,{product}.50,{user},{cart}\n");
            rows++;
            if (type != "view") told++;
        }

        for (; rows < Rows - 20; session++)
        {
            var (at, cart) = (session * 20, $"s-{session}");
            Click(at, "view", 1, session, cart);
            Click(at + 1, "cart", 1, session, cart);
            Click(at + 2, "cart", 2, session, cart);
            switch (session % 5)
            {
                case 0:   // left
                    Click(at + 3, "remove_from_cart", 1, session, cart);
                    carts.Add(new(cart, "Abandoned", 2.50m, 1));
                    break;
                case 1:   // bought, a part of it
                    Click(at + 9, "purchase", 2, session, cart);
                    carts.Add(new(cart, "Bought", null, 0));
                    break;
                case 2:   // emptied
                    Click(at + 3, "remove_from_cart", 2, session, cart);
                    Click(at + 4, "remove_from_cart", 1, session, cart);
                    carts.Add(new(cart, "Empty", null, 0));
                    break;
                case 3:   // left, and a cart of another device bought
                    Click(at + 30, "cart", 3, session, $"{cart}-b");
                    Click(at + 39, "purchase", 3, session, $"{cart}-b");
                    carts.Add(new(cart, "Replaced", null, 0));
                    carts.Add(new($"{cart}-b", "Bought", null, 0));
                    break;
                default:   // left for a newer cart, which is left
                    Click(at + 30, "cart", 3, session, $"{cart}-b");
                    carts.Add(new(cart, "Replaced", null, 0));
                    carts.Add(new($"{cart}-b", "Abandoned", 3.50m, 1));
                    break;
            }
        }

        csv.Append(CultureInfo.InvariantCulture, $"{start.AddSeconds(session * 20).AddDays(3):yyyy-MM-dd HH:mm:ss} UTC,cart,1,1,,,1.50,end,end\n");
        csv.Append(CultureInfo.InvariantCulture, $"{start.AddSeconds(session * 20).AddDays(3):yyyy-MM-dd HH:mm:ss} UTC,purchase,1,1,,,1.50,end,end\n");
        carts.Add(new("end", "Bought", null, 0));
        File.WriteAllText(path, csv.ToString());
        return (path, carts, told + 2);
    }

    private sealed record Outcome(string Cart, string State, decimal? Left, long Times);
}
