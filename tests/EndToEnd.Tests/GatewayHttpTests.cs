using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engagement.EndToEnd.Tests.Running;
using Engagement.Gateway.Api;

namespace Engagement.EndToEnd.Tests;

/// <summary>What people try first: the requests of <c>services/Gateway/Gateway.http</c>, one after the other.</summary>
[Collection(Shared.Name)]
public sealed partial class GatewayHttpTests(SharedEngagement shared) : EndToEndTest(shared.Engagement)
{
    [Fact]
    public async Task Every_request_of_the_file_does_what_its_title_says()
    {
        var settings = File.ReadLines(Path.Combine(Engagement.WorkingFolder, ".engagement", "dev.env")).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var values = new Dictionary<string, string>
        {
            ["url"] = settings["ENGAGEMENT_URL"], ["key"] = settings["ENGAGEMENT_API_KEY"], ["adminKey"] = settings["ENGAGEMENT_ADMIN_KEY"],
        };
        var (variables, requests) = HttpFile.Parse(await File.ReadAllTextAsync(Built.GatewayHttp));
        variables.Keys.ShouldBe(values.Keys, ignoreOrder: true);
        var answers = new Dictionary<string, JsonElement>();
        using var http = new HttpClient();

        try
        {
            requests.Count.ShouldBeGreaterThan(20);
            foreach (var request in requests)
            {
                using var message = MessageOf(request.Fill(ValueOf));
                using var answer = await http.SendAsync(message);
                var text = await answer.Content.ReadAsStringAsync();
                answer.StatusCode.ShouldSatisfyAllConditions(
                    $"{request.Title}: {text}",
                    status => (request.Title.StartsWith("Refused", StringComparison.Ordinal) ? status == HttpStatusCode.BadRequest : (int)status is >= 200 and < 300).ShouldBeTrue());
                if (request.Name is not null) answers[request.Name] = JsonSerializer.Deserialize<JsonElement>(text);
            }
        }
        finally
        {
            using var back = MessageOf(new HttpFileRequest("As it was", null, "PUT", "{{url}}/v1/settings/messaging", [("Authorization", "Bearer {{key}}")], "application/json", "{}").Fill(ValueOf));
            using var answer = await http.SendAsync(back);   // the other tests share this shop
        }

        string ValueOf(string name) => FromAnswer().Match(name) is { Success: true } match
            ? answers[match.Groups["name"].Value].GetProperty(match.Groups["property"].Value).GetString()!
            : values[name];
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
