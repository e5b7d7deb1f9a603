using System.CommandLine;
using System.Net.Http.Json;
using System.Text.Json;
using Engagement.ServiceDefaults;

namespace Engagement.DeadLetters;

/// <summary>Lists what a service gave up, sends it again or throws it away, over the service's own routes.</summary>
internal static class Tool
{
    private const int PageSize = 500;

    public static Task<int> Main(string[] args) => RunAsync(args, Console.Out, Console.Error, TimeProvider.System, Environment.CurrentDirectory);

    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, TimeProvider clock, string folder)
    {
        var url = new Argument<string>("service") { Description = "Where the service is, such as http://localhost:5101" };
        var type = new Option<string?>("--type") { Description = "Only messages of this type, by its full name" };
        var tenant = new Option<string?>("--tenant") { Description = "Only messages of this shop" };
        var replay = new Option<bool>("--replay") { Description = "Send them again" };
        var delete = new Option<bool>("--delete") { Description = "Throw them away" };
        var root = new RootCommand("Lists what a service gave up. The secret is Internal__Secret, or that of .engagement/parameters.json here or above.")
        {
            url, type, tenant, replay, delete,
        };
        root.SetAction(async (parsed, ct) =>
        {
            if (Secret(folder) is not { } secret)
            {
                await error.WriteLineAsync(
                    $"There is no .engagement/parameters.json in {folder} or above it: start Engagement first, or set Internal__Secret.");
                return 2;
            }

            if (!Uri.TryCreate(parsed.GetValue(url), UriKind.Absolute, out var address))
            {
                await error.WriteLineAsync($"'{parsed.GetValue(url)}' is no address such as http://localhost:5101.");
                return 2;
            }

            using var service = new HttpClient { BaseAddress = address };
            var calls = new Calls(service, new InternalSignature(secret), clock, parsed.GetValue(tenant));
            var ids = await List(calls, parsed.GetValue(type), output, ct);
            var act = parsed.GetValue(replay) ? (HttpMethod.Post, "/dead-letters/replay", "sent again") : (HttpMethod.Delete, "/dead-letters", "thrown away");
            if (!parsed.GetValue(replay) && !parsed.GetValue(delete)) return 0;
            var count = 0;
            foreach (var some in ids.Chunk(PageSize)) count += (await calls.Send(act.Item1, act.Item2, new { ids = some }, ct)).GetProperty("count").GetInt32();
            await output.WriteLineAsync($"{count} {act.Item3}");
            return 0;
        });
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
    }

    private static async Task<List<Guid>> List(Calls calls, string? type, TextWriter output, CancellationToken ct)
    {
        var ids = new List<Guid>();
        for (var (page, more) = (1, true); more; page++)
        {
            var query = new { limit = PageSize, pageNumber = page, messageType = type, tenantId = calls.Tenant };
            var queues = await calls.Send(HttpMethod.Post, "/dead-letters", query, ct);
            more = false;
            foreach (var letter in queues.EnumerateArray().SelectMany(queue => queue.GetProperty("envelopes").EnumerateArray()))
            {
                more = true;
                ids.Add(letter.GetProperty("id").GetGuid());
                var envelope = letter.GetProperty("envelope");
                await output.WriteLineAsync(
                    $"{ids[^1]} {letter.GetProperty("messageType")} {envelope.GetProperty("tenantId")} attempts={envelope.GetProperty("attempts")} " +
                    $"sent={letter.GetProperty("sentAt")} {letter.GetProperty("exceptionType")}: {letter.GetProperty("exceptionMessage")}");
            }
        }

        return ids;
    }

    private static string? Secret(string folder)
    {
        if (Environment.GetEnvironmentVariable("Internal__Secret") is { Length: > 0 } configured) return configured;
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            var file = Path.Combine(at.FullName, ".engagement", "parameters.json");
            if (File.Exists(file)) return JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("internal-secret").GetString();
        }

        return null;
    }

    /// <summary>Signed as one of our own processes, for every shop: so the routes ask.</summary>
    private sealed record Calls(HttpClient Service, InternalSignature Signature, TimeProvider Clock, string? Tenant)
    {
        public async Task<JsonElement> Send(HttpMethod method, string path, object body, CancellationToken ct)
        {
            using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) }.ForTenant(Tenancy.Everybody);
            request.Headers.Add(InternalSignature.Header, Signature.Sign(method.Method, path, Tenancy.Everybody, Clock.GetUtcNow()));
            using var answer = await Service.SendAsync(request, ct);
            return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(ct);
        }
    }
}
