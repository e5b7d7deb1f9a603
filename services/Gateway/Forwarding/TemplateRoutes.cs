using Engagement.Gateway.Api;

namespace Engagement.Gateway.Forwarding;

/// <summary>The words of messages, which Messaging keeps.</summary>
internal static class TemplateRoutes
{
    public static void MapTemplates(this RouteGroupBuilder v1)
    {
        var json = new Body("application/json");
        var templates = v1.MapGroup("/templates").WithTags("Templates");
        templates.MapGet("", Forward.To("messaging")).WithSummary("Every message of the product, with the shop's own versions of its words");
        templates.MapGet("/{kind}/{language}", Forward.To("messaging")).WithSummary("The words of one version");
        templates.MapPost("/{kind}/{language}", Forward.To("messaging")).WithMetadata(json).WithSummary("Saves words as a draft, if the linter finds nothing");
        templates.MapPost("/{kind}/{language}/{action}", Forward.To("messaging")).WithMetadata(json).WithSummary("preview, test, activate or roll-back");
        templates.MapGet("/partials", Forward.To("messaging")).WithSummary("The greeting and the signature, with the shop's own versions");
        templates.MapGet("/partials/{name}/{language}", Forward.To("messaging")).WithSummary("The words of one version");
        templates.MapPost("/partials/{name}/{language}", Forward.To("messaging")).WithMetadata(json).WithSummary("Saves words as a draft, if no message breaks with them");
        templates.MapPost("/partials/{name}/{language}/{action}", Forward.To("messaging")).WithMetadata(json).WithSummary("activate or roll-back");
    }
}
