using System.Net;
using System.Text.RegularExpressions;
using Engagement.EndToEnd.Tests.Running;

namespace Engagement.EndToEnd.Tests;

[Collection(Shared.Name)]
public sealed class PermissionTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task What_customers_permit_and_staff_stop_is_what_is_sent()
    {
        var now = TimeProvider.System.GetUtcNow();
        var atAnyHour = new { quietFrom = "00:00", quietUntil = "00:00", capHours = 0, flowHours = 0 };
        (await Shop.PutAsync("/v1/settings/messaging", atAnyHour)).ShouldBe(HttpStatusCode.OK);
        var lia = new Buyer("c-lia", "Lia Permessi", "lia.permessi@posta.example", "it");
        await Shop.PublishAsync(Told.Placed("permit-1", now, lia), Told.Paid("permit-1", now), Told.Consent("c-lia", "carts", now));
        await Engagement.DrainedAsync();

        await Remind("permitted");
        (await StateOf("cart-reminder/cart-permitted")).ShouldBe("Sent");
        var mail = Engagement.Mails.ReadNamed("cart-reminder.cart-permitted.demo@demo.example");
        await Shop.OneClickAsync(Regex.Match(mail, @"List-Unsubscribe:\s*<([^>]+)>").Groups[1].Value);
        await Engagement.DrainedAsync();
        await Remind("refused");
        (await StateOf("cart-reminder/cart-refused")).ShouldBe("Suppressed refused");

        await Shop.PostAsync("/v1/sending/stop", new { by = "anna", reason = "wrong prices" }, HttpStatusCode.OK);
        await Shop.PublishAsync(Told.Placed("permit-2", now, lia), Told.Paid("permit-2", now));
        await Engagement.DrainedAsync();
        (await StateOf("thank-you/order-permit-2")).ShouldBe("Held switch");
        Engagement.Mails.Has("permit-2").ShouldBeFalse();
        await Shop.PostAsync("/v1/sending/resume", new { by = "anna" }, HttpStatusCode.OK);
        await Engagement.Mails.ArrivesAsync("permit-2");

        await Shop.ReportAsync("complained", MailFolder.NameOf("permit-2"));
        await Engagement.DrainedAsync();
        (await StateOf("thank-you/order-permit-2")).ShouldBe("Complained");
        (await Shop.GetAsync("/v1/permissions/c-lia")).GetProperty("permissions").EnumerateArray()
            .ShouldAllBe(permission => !permission.GetProperty("granted").GetBoolean());
        (await Engagement.Database.DeadLettersAsync()).ShouldBeEmpty();

        async Task Remind(string cart)
        {
            await Engagement.Database.RemindOfCartAsync("c-lia", cart, now);
            await Engagement.DrainedAsync();
        }
    }

    private async Task<string> StateOf(string key)
    {
        var message = (await Shop.GetAsync($"/v1/messages/{key}")).GetProperty("message");
        return $"{message.Text("state")} {message.Text("reason")}".TrimEnd();
    }
}
