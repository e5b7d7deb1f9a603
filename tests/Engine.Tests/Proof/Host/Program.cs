using System.Diagnostics;
using System.Globalization;
using Engagement.Bus;
using Engagement.ProofHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// connection string, step, at which of its times, number to pack in process or -
var step = args[1] == "-" ? (FaultPoint?)null : Enum.Parse<FaultPoint>(args[1]);
var left = int.Parse(args[2], CultureInfo.InvariantCulture);
using var host = ProofService.Build(args[0], bus => bus.Fault = (at, _) =>
{
    if (at != step || Interlocked.Decrement(ref left) != 0) return;
    using var self = Process.GetCurrentProcess();
    self.Kill();
    Thread.CurrentThread.Join();   // nothing after it runs
});
await host.StartAsync();
if (args[3] != "-")
{
    await using var scope = host.Services.CreateAsyncScope();
    var bus = scope.ServiceProvider.GetRequiredService<IMessageBus>();
    bus.TenantId = ProofService.Tenant;
    await bus.InvokeAsync(new Pack("inline", int.Parse(args[3], CultureInfo.InvariantCulture)));
}

await host.WaitForShutdownAsync();
