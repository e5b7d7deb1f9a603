using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Engagement.ServiceDefaults.Tests;

public sealed class ProblemsTests
{
    private sealed record Line(int Price);

    private sealed record Order(IReadOnlyList<Line> Lines);

    [Fact]
    public async Task A_rejected_command_is_a_conflict_with_its_code()
    {
        await using var host = await StartAsync();

        var (status, problem) = await Get(host, "/rejected");

        status.ShouldBe(HttpStatusCode.Conflict);
        problem.GetProperty("code").GetString().ShouldBe("already-cancelled");
        problem.GetProperty("title").GetString().ShouldBe("The order was cancelled.");
    }

    [Theory]
    [InlineData("""{"lines":[{"price":1},{"price":"Giulia"}]}""", "#/lines/1/price")]
    [InlineData("{", "#")]
    public async Task Unreadable_json_is_pointed_at_but_not_quoted(string json, string place)
    {
        await using var host = await StartAsync();

        var answer = await host.Client.PostAsync(new Uri("/orders", UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var text = await answer.Content.ReadAsStringAsync();
        JsonDocument.Parse(text).RootElement.GetProperty("pointer").GetString().ShouldBe(place);
        text.ShouldNotContain("Giulia");
    }

    [Fact]
    public async Task A_parameter_that_does_not_fit_is_named_but_not_quoted()
    {
        await using var host = await StartAsync();

        foreach (var query in new[] { "?n=Giulia", "?n=%22x%22%20y%22%20", "" })
        {
            var (status, problem) = await Get(host, $"/count{query}");
            status.ShouldBe(HttpStatusCode.BadRequest);
            problem.GetProperty("errors").EnumerateArray().ShouldHaveSingleItem().GetProperty("field").GetString().ShouldBe("/n", query);
            problem.GetRawText().ShouldNotContain("Giulia");
        }
    }

    [Fact]
    public async Task A_body_that_is_not_there_is_asked_for()
    {
        await using var host = await StartAsync();

        using var answer = await host.Client.PostAsync(new Uri("/orders", UriKind.Relative), null);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetString().ShouldBe("A body of JSON is missing.");
    }

    [Theory]
    [InlineData("/nowhere", "There is no such address.")]
    [InlineData("/orders/9", "There is no such order.")]
    [InlineData("/orders/nine", "There is no such number.")]
    public async Task What_is_not_there_is_named(string path, string title)
    {
        await using var host = await StartAsync();

        var (status, problem) = await Get(host, path);
        (status, problem.GetProperty("status").GetInt32(), problem.GetProperty("title").GetString()).ShouldBe((HttpStatusCode.NotFound, 404, title));
    }

    [Theory]
    [InlineData("Production", false)]
    [InlineData("Development", true)]
    public async Task A_failure_says_why_in_development_only(string environment, bool described)
    {
        await using var host = await StartAsync(environment);

        var (status, problem) = await Get(host, "/broken");

        status.ShouldBe(HttpStatusCode.InternalServerError);
        problem.GetRawText().Contains("the inner truth", StringComparison.Ordinal).ShouldBe(described);
    }

    [Fact]
    public async Task Who_asks_for_html_reads_the_sentence()
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rejected") { Headers = { { "Accept", "text/html" } } };

        var answer = await host.Client.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("The order was cancelled.");
    }

    [Theory]
    [InlineData("$", "#")]
    [InlineData(null, "#")]
    [InlineData("$.a.b[12].c", "#/a/b/12/c")]
    [InlineData("$['odd name'].x", "#/odd name/x")]
    [InlineData("$['a/b~c']", "#/a~1b~0c")]
    public void A_path_becomes_a_pointer(string? path, string expected) => Problems.Pointer(path).ShouldBe(expected);

    private static Task<TestHost> StartAsync(string environment = "Production") => TestHost.StartAsync(
        map: app =>
        {
            app.MapGet("/rejected", string () => throw new Rejected("already-cancelled", "The order was cancelled."));
            app.MapGet("/broken", string () => throw new InvalidOperationException("the inner truth"));
            app.MapGet("/count", (int n) => n);
            app.MapGet("/orders/{id}", Results<Ok<int>, NoSuch> (string id) => int.TryParse(id, out _)
                ? new NoSuch("order")
                : throw new Unanswerable(404, "There is no such number."));
            app.MapPost("/orders", (Order order) => order.Lines.Count);
        },
        environment: environment);

    private static async Task<(HttpStatusCode Status, JsonElement Problem)> Get(TestHost host, string path)
    {
        using var answer = await host.Client.GetAsync(new Uri(path, UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
