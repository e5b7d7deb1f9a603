using System.Text.Json;
using System.Text.Json.Nodes;
using Engagement.Gateway.Intake;
using Engagement.Testing;

namespace Engagement.Gateway.Tests.Intake;

public class IntakeProblemsTests
{
    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true };

    [Fact]
    public void A_shop_is_told_every_bad_event_and_field_as_problem_details()
    {
        var batch = new JsonArray(Shop.Event("order.placed").With("/data/total", "-1"), Shop.Event("order.paid"), Shop.Event("order.flown").Without("/id"));
        var refused = Shop.Publish(batch.ToJsonString(), CloudEventsReader.Batch).ShouldBeOfType<Reading.Refused>();

        var problem = IntakeProblems.Refused(refused);

        problem.Status.ShouldBe(400);
        Approved.Match(JsonSerializer.Serialize(problem, s_readable) + "\n", "problem");
    }
}
