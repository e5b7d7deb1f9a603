using Microsoft.AspNetCore.Mvc;

namespace Engagement.Messaging.Templating;

/// <summary>How shops manage their own words.</summary>
internal static class TemplateRoutes
{
    private const long MostBytes = 256 * 1024;

    public static void MapTemplates(this WebApplication app)
    {
        var templates = app.MapGroup("/v1/templates").WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        templates.MapGet("", ListTemplates.Handle);
        templates.MapGet("/{kind}/{language}", GetTemplate.Handle);
        templates.MapPost("/{kind}/{language}", SaveTemplateEndpoint.Handle<TemplateId>);
        templates.MapPost("/{kind}/{language}/preview", PreviewTemplateEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/test", SendTestMessageEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/activate", ActivateTemplateEndpoint.Handle<TemplateId>);
        templates.MapPost("/{kind}/{language}/roll-back", RollBackTemplateEndpoint.Handle<TemplateId>);
        templates.MapGet("/partials", ListPartials.Handle);
        templates.MapGet("/partials/{name}/{language}", GetPartial.Handle);
        templates.MapPost("/partials/{name}/{language}", SaveTemplateEndpoint.Handle<PartialId>);
        templates.MapPost("/partials/{name}/{language}/activate", ActivateTemplateEndpoint.Handle<PartialId>);
        templates.MapPost("/partials/{name}/{language}/roll-back", RollBackTemplateEndpoint.Handle<PartialId>);
    }
}
