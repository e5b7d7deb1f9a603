using System.Diagnostics;
using OpenTelemetry;

namespace Engagement.ServiceDefaults;

/// <summary>Keeps <c>/health</c> and <c>/alive</c>, and what happens inside them, out of the traces, whatever the sampler says.</summary>
internal sealed class LeaveOutHealth : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Parent is { } parent ? !parent.Recorded : data.Kind == ActivityKind.Server && HealthEndpoints.IsHealth(data.GetTagItem("url.path") as string))
        {
            data.IsAllDataRequested = false;
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
