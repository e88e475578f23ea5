#!/usr/bin/python3
"""The parts of a desktop that an app talks to: a tray (StatusNotifier host) and a notification daemon.

Runs on the session bus of e2e/desktop.sh. Writes events to stdout, one JSON object per line. Reads commands from stdin,
one JSON object per line with an id, and answers each with the same id:
  {"id": 1, "do": "tray"}                                  the icons with title, tooltip, sizes and menu
  {"id": 2, "do": "menu", "label": "Quit"}                 clicks that entry, as the desktop would
  {"id": 3, "do": "activate"}                              a left click on the icon
  {"id": 4, "do": "notification-action", "n": 1, "action": "default"}
  {"id": 5, "do": "notification-close", "n": 1, "reason": 2}
Needs python3-dbus and python3-gi.
"""
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

ITEM = 'org.kde.StatusNotifierItem'
WATCHER = 'org.kde.StatusNotifierWatcher'
MENU = 'com.canonical.dbusmenu'
PROPERTIES = 'org.freedesktop.DBus.Properties'
NOTIFICATIONS = 'org.freedesktop.Notifications'

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
items = []  # (bus name, path) of every tray icon


def emit(message):  # writes an event or a reply for the test
    sys.stdout.write(json.dumps(message) + '\n')
    sys.stdout.flush()


class Watcher(dbus.service.Object):
    """The D-Bus service at which apps register their tray icons."""

    def __init__(self):
        self.name = dbus.service.BusName(WATCHER, bus)
        super().__init__(bus, '/StatusNotifierWatcher')

    @dbus.service.method(WATCHER, in_signature='s', sender_keyword='sender')
    def RegisterStatusNotifierItem(self, service, sender=None):
        item = (str(sender), str(service)) if service.startswith('/') else (str(service), '/StatusNotifierItem')
        if item in items:
            return
        items.append(item)
        self.StatusNotifierItemRegistered(item[0] + item[1])
        emit({'event': 'tray-added'})

        def owner_changed(owner):
            if not owner and item in items:
                items.remove(item)
                emit({'event': 'tray-removed'})

        bus.watch_name_owner(item[0], owner_changed)

    @dbus.service.method(WATCHER, in_signature='s')
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.signal(WATCHER, signature='s')
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.method(PROPERTIES, in_signature='ss', out_signature='v')
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature='s', out_signature='a{sv}')
    def GetAll(self, interface):
        return {
            'IsStatusNotifierHostRegistered': True,
            'ProtocolVersion': dbus.Int32(0),
            'RegisteredStatusNotifierItems': dbus.Array([name + path for name, path in items], signature='s'),
        }


class Notifications(dbus.service.Object):
    def __init__(self):
        self.name = dbus.service.BusName(NOTIFICATIONS, bus)
        self.count = 0
        super().__init__(bus, '/org/freedesktop/Notifications')

    @dbus.service.method(NOTIFICATIONS, in_signature='susssasa{sv}i', out_signature='u')
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        n = int(replaces)
        if not n:
            self.count += 1
            n = self.count
        emit({
            'event': 'notify', 'n': n, 'app': str(app), 'summary': str(summary), 'body': str(body),
            'actions': [str(action) for action in actions],
            'urgency': int(hints['urgency']) if 'urgency' in hints else None,
            'desktopEntry': str(hints.get('desktop-entry', '')),
        })
        return dbus.UInt32(n)

    @dbus.service.method(NOTIFICATIONS, in_signature='u')
    def CloseNotification(self, n):
        emit({'event': 'notify-closed-by-app', 'n': int(n)})
        self.NotificationClosed(n, dbus.UInt32(3))  # 3: closed by the app

    @dbus.service.method(NOTIFICATIONS, out_signature='as')
    def GetCapabilities(self):
        return ['actions', 'body', 'body-markup', 'icon-static', 'persistence']

    @dbus.service.method(NOTIFICATIONS, out_signature='ssss')
    def GetServerInformation(self):
        return ('desktop-services', 'Hoist', '1', '1.2')

    @dbus.service.signal(NOTIFICATIONS, signature='uu')
    def NotificationClosed(self, n, reason):
        pass

    @dbus.service.signal(NOTIFICATIONS, signature='us')
    def ActionInvoked(self, n, action):
        pass


def interface(item, path, name):
    return dbus.Interface(bus.get_object(item[0], path), name)


def tray():
    return [describe(item) for item in items]


def describe(item):
    properties = interface(item, item[1], PROPERTIES).GetAll(ITEM)
    tooltip = properties.get('ToolTip')
    return {
        'id': str(properties.get('Id', '')),
        'title': str(properties.get('Title', '')),
        'tooltip': str(tooltip[2]) if tooltip else '',
        'status': str(properties.get('Status', '')),
        'icons': [[int(icon[0]), int(icon[1])] for icon in properties.get('IconPixmap', [])],
        'iconName': str(properties.get('IconName', '')),
        'iconThemePath': str(properties.get('IconThemePath', '')),
        'menu': menu_of(item, str(properties['Menu'])) if 'Menu' in properties else [],
    }


def menu_of(item, path):
    menu = interface(item, path, MENU)
    try:
        menu.AboutToShow(dbus.Int32(0))
    except dbus.DBusException:
        pass  # Chromium answers this call with an error and shows the menu anyway
    _, layout = menu.GetLayout(0, -1, dbus.Array([], signature='s'))
    return entry_of(layout)['items']


def entry_of(node):
    number, properties, children = node
    return {
        'id': int(number),
        # One underscore marks the access key, two are a literal underscore.
        'label': str(properties.get('label', '')).replace('__', '\0').replace('_', '').replace('\0', '_'),
        'type': str(properties.get('type', 'standard')),
        'enabled': bool(properties.get('enabled', True)),
        'visible': bool(properties.get('visible', True)),
        'checked': int(properties['toggle-state']) == 1 if 'toggle-state' in properties else None,
        'items': [entry_of(child) for child in children],
    }


def find(entries, label):  # also searches submenus
    for entry in entries:
        hit = entry if entry['label'] == label else find(entry['items'], label)
        if hit:
            return hit
    return None


def first_item():
    if not items:
        raise LookupError('there is no tray icon')
    return items[0]


def click_menu(label):
    item = first_item()
    path = str(interface(item, item[1], PROPERTIES).Get(ITEM, 'Menu'))
    entries = menu_of(item, path)
    entry = find(entries, label)
    if not entry:
        raise LookupError(f'no menu entry "{label}" among {[entry["label"] for entry in entries]}')
    interface(item, path, MENU).Event(entry['id'], 'clicked', dbus.String('', variant_level=1), dbus.UInt32(0))
    return entry


def activate():
    item = first_item()
    interface(item, item[1], ITEM).Activate(0, 0)
    return True


def do(command):
    action = command['do']
    if action == 'tray':
        return tray()
    if action == 'menu':
        return click_menu(command['label'])
    if action == 'activate':
        return activate()
    if action == 'notification-action':
        notifications.ActionInvoked(dbus.UInt32(command['n']), command['action'])
        return True
    if action == 'notification-close':
        reason = command.get('reason', 2)  # 2: dismissed by the user
        notifications.NotificationClosed(dbus.UInt32(command['n']), dbus.UInt32(reason))
        return True
    raise ValueError(f'unknown command {action}')


def on_stdin(channel, condition):
    line = sys.stdin.readline()
    if not line:
        loop.quit()
        return False
    command = json.loads(line)
    try:
        emit({'id': command['id'], 'ok': do(command)})
    except Exception as error:  # report it to the test that sent the command
        emit({'id': command['id'], 'error': f'{type(error).__name__}: {error}'})
    return True


watcher, notifications = Watcher(), Notifications()
GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, on_stdin)
loop = GLib.MainLoop()
emit({'event': 'ready'})
loop.run()
