using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.EndToEnd.Tests.Running;
using Engagement.Gateway.Api;
using Engagement.Testing;

namespace Engagement.EndToEnd.Tests;

/// <summary>What people try first: the requests of <c>services/Gateway/Gateway.http</c>, one after the other.</summary>
[Trait("Category", "Long")]
public sealed partial class GatewayHttpTests : OwnEngagementTest
{
    [Fact]
    public async Task Every_request_of_the_file_does_what_its_title_says()
    {
        var settings = File.ReadLines(Path.Combine(Engagement.WorkingFolder, ".engagement", "dev.env")).Select(line => line.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        var values = new Dictionary<string, string>
        {
            ["url"] = settings["ENGAGEMENT_URL"], ["key"] = settings["ENGAGEMENT_API_KEY"], ["adminKey"] = settings["ENGAGEMENT_ADMIN_KEY"],
        };
        var (variables, requests) = HttpFile.Parse(await File.ReadAllTextAsync(Built.GatewayHttp));
        variables.Keys.ShouldBe(values.Keys, ignoreOrder: true);
        var answers = new Dictionary<string, JsonElement>();
        using var http = new HttpClient();

        requests.Count.ShouldBeGreaterThan(20);
        foreach (var request in requests)
        {
            var (answered, text) = await Send(http, request.Fill(ValueOf));
            answered.ShouldSatisfyAllConditions(
                $"{request.Title}: {text}",
                status => (request.Title.StartsWith("Refused", StringComparison.Ordinal) ? status == HttpStatusCode.BadRequest
                    : (int)status is >= 200 and < 300).ShouldBeTrue());
            if (request.Name is not null) answers[request.Name] = JsonSerializer.Deserialize<JsonElement>(text);
        }

        string ValueOf(string name) => FromAnswer().Match(name) is { Success: true } match
            ? answers[match.Groups["name"].Value].GetProperty(match.Groups["property"].Value).GetString()!
            : values[name];
    }

    /// <summary>What was published a moment ago may not be there to be read yet.</summary>
    private static async Task<(HttpStatusCode Status, string Text)> Send(HttpClient http, HttpFileRequest request)
    {
        (HttpStatusCode Status, string Text) answered = default;
        await Eventually.BecomesTrueAsync(
            async () =>
            {
                using var message = MessageOf(request);
                using var answer = await http.SendAsync(message);
                answered = (answer.StatusCode, await answer.Content.ReadAsStringAsync());
                return request.Method != "GET" || answered.Status != HttpStatusCode.NotFound;
            },
            $"{request.Title} answers");
        return answered;
    }

    private static HttpRequestMessage MessageOf(HttpFileRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Url);
        foreach (var (name, value) in request.Headers) message.Headers.Add(name, value);
        if (request.Body is not null) message.Content = new StringContent(request.Body, Encoding.UTF8, request.ContentType!);
        return message;
    }

    [GeneratedRegex(@"^(?<name>\w+)\.response\.body\.\$\.(?<property>\w+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex FromAnswer();
}
