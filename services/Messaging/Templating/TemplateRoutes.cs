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
        templates.MapPost("/{kind}/{language}", SaveTemplateEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/preview", PreviewTemplateEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/test", SendTestMessageEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/activate", ActivateTemplateEndpoint.Handle);
        templates.MapPost("/{kind}/{language}/roll-back", RollBackTemplateEndpoint.Handle);
    }
}
