using System.Net.Sockets;
using Engagement.ServiceDefaults;

namespace Engagement.Messaging.Sending;

/// <summary>
/// Hands mails to an SMTP server over a few connections that are kept between mails. Ours, because SmtpClient doesn't ask before the final
/// dot, and its errors neither tell 4xx from 5xx at every step nor keep the address to themselves.
/// </summary>
public sealed class SmtpTransport : IMailTransport, IDisposable
{
    private readonly SmtpOptions _options;
    private readonly TimeProvider _clock;
    private readonly HostGate _gate;
    private readonly SemaphoreSlim _slots;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly List<(SmtpConnection Connection, long Since)> _idle = [];
    private bool _disposed;

    /// <param name="clock">Real time: for time limits and idle connections, not for the domain.</param>
    public SmtpTransport(SmtpOptions options, TimeProvider clock, ILogger? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Host, "Smtp:Host");
        (_options, _clock, _gate) = (options, clock, new HostGate(options.MaxPerSecond, clock, log));
        _slots = new(options.MaxConnections);
        _sweep = clock.CreateTimer(_ => CloseIdle(), null, options.IdleClose, options.IdleClose / 2);
    }

    public Allowance Allow(int most) => _gate.Allow(most);

    public void Begun(int mails) => _gate.Begun(mails);

    public async Task<bool> SendAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(mail);
        ArgumentNullException.ThrowIfNull(stillMine);
        if (_options.Postmark ?? Postmark.IsAt(_options.Host!)) mail = Postmark.For(mail);
        var pauses = _gate.Pauses;
        try
        {
            var sent = await HandOverAsync(mail, stillMine, ct);
            _gate.Answered(pauses);
            return sent;
        }
        catch (TemporaryFailure e) when (e.AboutServer)
        {
            _gate.Failed(pauses, e);
            throw;
        }
        catch (DeliveryException)
        {
            _gate.Answered(pauses);
            throw;
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _disposed = true;
        _sweep.Dispose();
        CloseIdle();
    }

    private async Task<bool> HandOverAsync(OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var answer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _clock);
        var began = _clock.GetTimestamp();
        try
        {
            await _slots.WaitAsync(either.Token);
            try
            {
                limit.CancelAfter(_options.Timeout); // waiting for the others' connections was not the server's time
                began = _clock.GetTimestamp();
                return await SendAsync(mail, stillMine, AnswerLimit, either.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TemporaryFailure("The server took too long.", inner: e) { AboutServer = true };
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new TemporaryFailure("The connection to the server failed.", inner: e) { AboutServer = true };
        }

        CancellationToken AnswerLimit()
        {
            // A process that stood still after it asked may have lost the mail since; its timers may not have fired yet.
            if (_clock.GetElapsedTime(began) >= _options.Timeout) throw new TemporaryFailure("The mail was not ready for its final dot in time.");
            answer.CancelAfter(_options.AnswerTimeout);
            return answer.Token;
        }
    }

    private async Task<bool> SendAsync(
        OutgoingMail mail, Func<CancellationToken, Task<bool>> stillMine, Func<CancellationToken> untilAnswered, CancellationToken ct)
    {
        while (true)
        {
            var kept = Take();
            var connection = kept ?? await SmtpConnection.OpenAsync(_options, ct);
            try
            {
                if (await connection.BeginAsync(mail, ct))
                    return await connection.FinishAsync(mail, stillMine, untilAnswered, ct);

                if (kept is null)
                    throw new TemporaryFailure("The server closed the connection.") { AboutServer = true };
                // A kept connection that the server gave up: the next one, or a new one, will do.
            }
            finally
            {
                Keep(connection);
            }
        }
    }

    private SmtpConnection? Take()
    {
        lock (_lock)
        {
            if (_idle.Count == 0)
                return null;
            var connection = _idle[^1].Connection; // the last used: the others may grow old and be closed
            _idle.RemoveAt(_idle.Count - 1);
            return connection;
        }
    }

    private void Keep(SmtpConnection connection)
    {
        lock (_lock)
        {
            if (connection.Reusable && !_disposed)
            {
                _idle.Add((connection, _clock.GetTimestamp()));
                return;
            }
        }
        connection.Dispose();
    }

    private void CloseIdle()
    {
        List<SmtpConnection> old;
        lock (_lock)
        {
            old = [.. _idle.Where(idle => _disposed || _clock.GetElapsedTime(idle.Since) >= _options.IdleClose).Select(idle => idle.Connection)];
            _idle.RemoveAll(idle => old.Contains(idle.Connection));
        }
        foreach (var connection in old)
            connection.Dispose();
    }
}
